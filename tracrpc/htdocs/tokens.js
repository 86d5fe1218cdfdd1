/* Copyright (C) 2026 the TracXMLRPC developers
   All rights reserved.

   This software is licensed as described in the file LICENSE, which
   you should have received as part of this distribution. */

jQuery(function($) {
  var secret = $("#rpc-secret");
  var copied = $("#rpc-copied");

  function say() {
    copied.text(copied.data("text"));
  }

  function copySelection() {
    secret.trigger("focus").trigger("select");
    if (document.execCommand("copy"))
      say();
  }

  secret.on("focus", function() { this.select() });
  $("#rpc-copy").prop("hidden", false).on("click", function() {
    // browsers offer the clipboard to sites with TLS only
    if (navigator.clipboard)
      navigator.clipboard.writeText(secret.val()).then(say, copySelection);
    else
      copySelection();
  });
});
