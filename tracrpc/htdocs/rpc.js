/* Copyright (C) 2026 the TracXMLRPC developers
   All rights reserved.

   This software is licensed as described in the file LICENSE, which
   you should have received as part of this distribution. */

/* The documentation page: the filter of its index, and buttons that copy
   code. `tracrpc.texts` holds what is said, in the visitor's language. */

jQuery(function($) {
  "use strict";

  var texts = tracrpc.texts;

  /** A text with its `%(name)s` filled in. */
  tracrpc.format = function(text, values) {
    return text.replace(/%\((\w+)\)s/g, function(all, name) {
      return values[name];
    });
  };

  /** Put code into an element that has a button to copy it. */
  tracrpc.makeCopyable = function($pre) {
    $pre.each(function() {
      var pre = this;
      var $button = $('<button type="button" class="trac-button rpc-copy">')
        .text(texts.copy)
        .on("click", function() {
          copy(pre).then(
            function() { say(texts.copied); },
            function() { say(texts.not_copied); });
        });
      var $said = $('<span role="status" class="rpc-said">');
      function say(text) {
        $said.text(text);
        setTimeout(function() { $said.text(""); }, 4000);
      }
      $(pre).wrap('<div class="rpc-copied">').after($said, $button);
    });
  };

  /* The clipboard is there for secure pages only; a selection that is copied
     works on the others. */
  function copy(pre) {
    var text = $(pre).text();
    if (navigator.clipboard)
      return navigator.clipboard.writeText(text);
    var selection = getSelection();
    selection.selectAllChildren(pre);
    var done = document.execCommand("copy");
    return done ? Promise.resolve() : Promise.reject();
  }

  function enableFilter() {
    var $links = $(".rpc-toc a[data-method]");
    var $groups = $(".rpc-toc > li");
    var $found = $("#rpc-found");

    function filter() {
      var words = $("#rpc-filter").val().toLowerCase().split(/\s+/);
      var count = 0;
      $links.each(function() {
        var name = $(this).data("method").toLowerCase();
        var shown = words.every(function(word) {
          return name.indexOf(word) >= 0;
        });
        $(this).parent().prop("hidden", !shown);
        count += shown;
      });
      var all = words.join("") === "";
      $groups.each(function() {
        $(this).prop("hidden", !all && !$(this).find(
          "li:not([hidden]) a[data-method]").length);
      });
      $found.text(all ? "" : tracrpc.format(
        texts.found, {count: count, total: $links.length}));
    }

    $("#rpc-filter").on("input", filter).on("keydown", function(event) {
      if (event.key === "Escape")
        $(this).val("");
      else if (event.key === "Enter")
        $links.filter(":visible").first().each(function() {
          location.hash = this.hash;
          this.focus();
        });
      else
        return;
      event.preventDefault();
      filter();
    });
    filter();  // what the browser has kept of an earlier visit
  }

  /* What can be scrolled can be reached with the keyboard. */
  function makeScrollable() {
    $("#content.rpc").find(".rpc-wide, pre").attr("tabindex", function() {
      return this.scrollWidth > this.clientWidth ||
        this.scrollHeight > this.clientHeight ? 0 : null;
    });
  }

  /* What is folded away would not be printed. */
  var $unfolded = $();
  $(window).on("beforeprint", function() {
    $unfolded = $("#content.rpc details:not([open])").prop("open", true);
  }).on("afterprint", function() {
    $unfolded.prop("open", false);
  });
  $("#content.rpc h2[id], #content.rpc h3[id]").addAnchor(texts.link);
  tracrpc.makeCopyable($(".rpc-example pre"));
  enableFilter();
  makeScrollable();
  $(window).on("resize", makeScrollable);
});
