/* Copyright (C) 2026 the TracXMLRPC developers
   All rights reserved.

   This software is licensed as described in the file LICENSE, which
   you should have received as part of this distribution. */

/* The console of each method: a form that is made when it is opened, from
   the table of parameters; calls over JSON-RPC 2.0, as the visitor; and
   their answers. */

jQuery(function($) {
  "use strict";

  var texts = tracrpc.texts, format = tracrpc.format;
  var numbers = 0;  // makes ids

  function newId() {
    return "rpc-console-" + ++numbers;
  }

  /* Values that JSON has no type for are hints. */

  function hint(kind, text) {
    return {__jsonclass__: [kind, text]};
  }

  function hintOf(value) {
    var hinted = value && value.__jsonclass__;
    return Array.isArray(hinted) && hinted.length === 2 ? hinted : null;
  }

  /* ---- Fields ----

     A kind of field for each type: `make` makes its input; `read` gives the
     value, or a promise of it, or throws a text that says what is wrong. */

  var kinds = {
    int: {
      make: function() {
        return $('<input type="text" inputmode="numeric" size="12">');
      },
      read: function($input) {
        var text = needed($input);
        if (!/^[+-]?\d+$/.test(text))
          throw texts.need_int;
        // beyond what JavaScript can count: the server reads a text as well
        return Number.isSafeInteger(+text) ? +text : text;
      }
    },
    double: {
      make: function() {
        return $('<input type="text" inputmode="decimal" size="12">');
      },
      read: function($input) {
        var number = Number(needed($input));
        if (!isFinite(number))
          throw texts.need_number;
        return number;
      }
    },
    boolean: {
      after: texts.yes,
      make: function() { return $('<input type="checkbox">'); },
      read: function($input) { return $input.prop("checked"); }
    },
    string: {
      make: function(name) {
        return /^(comment|content|descr|text)/.test(name) ?
          $('<textarea rows="3" cols="60">') : $('<input type="text">');
      },
      read: function($input) { return $input.val(); }
    },
    DateTime: {
      hint: texts.hint_date,
      make: function() { return $('<input type="datetime-local" step="1">'); },
      read: function($input) {
        var date = new Date($input.val());
        if (isNaN(date))
          throw texts.need_date;
        return hint("datetime", date.toISOString().slice(0, 19));
      }
    },
    Binary: {
      make: function() { return $('<input type="file">'); },
      read: function($input) {
        var file = $input[0].files[0];
        if (!file)
          throw texts.need_file;
        return base64Of(file).then(function(text) {
          // the examples name the file, and do not hold it
          return Object.defineProperty(hint("binary", text), "fileName",
                                       {value: file.name});
        });
      }
    },
    array: jsonField(texts.need_array, "[]", Array.isArray),
    struct: jsonField(texts.need_struct, "{}", function(value) {
      return value !== null && typeof value === "object" &&
        !Array.isArray(value);
    }),
    any: jsonField("", '""', function() { return true; })
  };

  function needed($input) {
    var text = $.trim($input.val());
    if (!text)
      throw texts.need_value;
    return text;
  }

  function jsonField(problem, example, fits) {
    return {
      hint: texts.hint_json,
      make: function() {
        return $('<textarea rows="2" cols="60" spellcheck="false">')
          .addClass("rpc-json").attr("placeholder", example);
      },
      read: function($input) {
        var text = needed($input), value;
        try {
          value = JSON.parse(text);
        } catch (e) {
          throw format(texts.need_json, {problem: e.message});
        }
        if (!fits(value))
          throw problem;
        return value;
      }
    };
  }

  function base64Of(file) {
    return new Promise(function(resolve, reject) {
      var reader = new FileReader();
      reader.onload = function() {
        resolve(reader.result.slice(reader.result.indexOf(",") + 1));
      };
      reader.onerror = function() { reject(reader.error.message); };
      reader.readAsDataURL(file);
    });
  }

  /** The field of a parameter: `{name, kinds, optional, default}`. */
  function Field(parameter) {
    this.parameter = parameter;
    this.id = newId();
    this.$problem = $('<p class="rpc-problem">').attr("id", this.id + "-p");
    this.$hint = $('<span class="rpc-hint">').attr("id", this.id + "-h");
    this.$value = $('<div class="rpc-value">');
    this.$element = $('<div class="rpc-field">');
    this.$element.append(this.makeHead(), this.$value, this.$problem);
    this.choose(parameter.kinds[0]);
  }

  Field.prototype.makeHead = function() {
    var parameter = this.parameter, field = this;
    var $head = $('<div class="rpc-field-head">').append(
      $("<label>").attr({"for": this.id, id: this.id + "-l"}).append(
        $("<code>").text(parameter.name)));
    if (parameter.kinds.length > 1)
      $head.append($("<select>").append(parameter.kinds.map(function(kind) {
        return $("<option>").text(kind)[0];
      })).attr("aria-label", format(texts.type_of,
                                    {parameter: parameter.name}))
        .on("change", function() { field.choose(this.value); }));
    else
      $head.append($('<span class="rpc-type">').text(parameter.type));
    if (parameter.optional)
      $head.append(this.makeSend());
    return $head.append(this.$hint);
  };

  /* Optional arguments are sent once something was entered. */
  Field.prototype.makeSend = function() {
    var field = this, value = this.parameter.default, id = newId();
    var $box = this.$send = $('<input type="checkbox">').attr({
      id: id, "aria-labelledby": this.id + "-l " + id + "-l"});
    function show() {
      field.$element.toggleClass("rpc-left-out", !$box.prop("checked"));
      field.complain("");
    }
    $box.on("change", show);
    this.$value.on("input change", function() {
      $box.prop("checked", true);
      show();
    });
    this.$element.addClass("rpc-left-out");
    return $('<span class="rpc-send">').append($box, $("<label>").attr(
      {"for": id, id: id + "-l"}).text(value ? format(texts.send_default, {default: value}) :
                      texts.send));
  };

  Field.prototype.choose = function(kind) {
    this.kind = kinds[kind] || kinds.any;
    this.$hint.text(this.kind.hint || "");
    this.$input = this.kind.make(this.parameter.name).attr("id", this.id);
    this.$value.empty().append(this.$input, this.kind.after || "");
    this.complain("");
  };

  Field.prototype.complain = function(problem) {
    this.$problem.text(problem).prop("hidden", !problem);
    var described = problem ? this.$problem.attr("id") :
      this.$hint.text() ? this.$hint.attr("id") : null;
    this.$input.attr({"aria-invalid": problem ? "true" : null,
                      "aria-describedby": described});
  };

  /** A promise of `{value}`, `{left: true}` or `{problem}`. */
  Field.prototype.read = function() {
    var field = this;
    if (this.$send && !this.$send.prop("checked"))
      return Promise.resolve({left: true});
    return new Promise(function(resolve) {
      resolve(field.kind.read(field.$input));
    }).then(function(value) {
      field.complain("");
      return {value: value};
    }, function(problem) {
      field.complain("" + problem);
      return {problem: problem};
    });
  };

  /* ---- The same call elsewhere ---- */

  var examples = {
    curl: function(name, params) {
      var url = shellQuoted(example().url);
      var head = "curl -H 'Content-Type: application/json' " + url;
      var parts = splitAtFiles(requestOf(name, params));
      if (parts.length === 1)
        return head + " \\\n  --data " + shellQuoted(parts[0]);
      return "{ " + parts.map(function(part, index) {
        return index % 2 ? "base64 -w0 " + shellQuoted(part) :
          "printf %s " + shellQuoted(part);
      }).join("; ") + "; } |\n  " + head + " --data-binary @-";
    },
    Python: function(name, params) {
      var dotted = /^[A-Za-z][\w.]*$/.test(name) ? "trac." + name :
        "getattr(trac, " + pythonText(name) + ")";
      var args = params.map(pythonText).join(", ");
      return (/\bdatetime\(/.test(args) ?
              "from datetime import datetime\n" : "") +
        "from xmlrpc.client import ServerProxy\n\n" +
        "trac = ServerProxy(" + pythonText(example().url) +
        ", allow_none=True)\n" + "print(" + dotted + "(" + args + "))";
    }
  };

  function example() {
    return {url: tracrpc.user === "anonymous" ? tracrpc.example.url_anon :
            tracrpc.example.url_auth};
  }

  function shellQuoted(text) {
    return "'" + text.replace(/'/g, "'\\''") + "'";
  }

  /* A request as texts and, between them, the names of the files in it. */
  function splitAtFiles(request) {
    var names = [], mark = "file-" + Math.random() + "-";
    var text = JSON.stringify(request, function(key, value) {
      return hintOf(value) && value.fileName ?
        hint("binary", mark + (names.push(value.fileName) - 1) + mark) :
        value;
    });
    return text.split(mark).map(function(part, index) {
      return index % 2 ? names[+part] : part;
    });
  }

  function pythonText(value) {
    var hinted = hintOf(value);
    if (hinted && hinted[0] === "datetime")
      return "datetime(" + String(hinted[1]).match(/\d+/g).slice(0, 6)
        .map(Number).join(", ") + ")";
    if (hinted && value.fileName)
      return "open(" + pythonText(value.fileName) + ", 'rb').read()";
    if (Array.isArray(value))
      return "[" + value.map(pythonText).join(", ") + "]";
    if (value && typeof value === "object")
      return "{" + Object.keys(value).map(function(key) {
        return pythonText(key) + ": " + pythonText(value[key]);
      }).join(", ") + "}";
    return value === null ? "None" : value === true ? "True" :
      value === false ? "False" : JSON.stringify(value);
  }

  /* ---- Calls ---- */

  function requestOf(name, params) {
    return {jsonrpc: "2.0", method: name, params: params, id: 1};
  }

  /** Call; a promise of `{result, text, time}` or `{error, time}`, where an
      error is `{title, message}`. */
  function call(name, params) {
    var start = performance.now(), status;
    return fetch(tracrpc.url, {
      method: "POST", credentials: "same-origin",
      headers: {"Content-Type": "application/json"},
      body: JSON.stringify(requestOf(name, params))
    }).then(function(response) {
      status = response.status;
      return response.text();
    }).then(function(text) {
      return answerOf(status, text);
    }, function(problem) {
      return failure("", format(texts.no_answer,
                                {problem: problem.message}));
    }).then(function(answer) {
      answer.time = Math.round(performance.now() - start);
      return answer;
    });
  }

  function failure(title, message) {
    return {error: {title: title, message: message}};
  }

  function answerOf(status, text) {
    if (status !== 200)
      return failure(format(texts.http_error, {code: status}),
                     text.slice(0, 500));
    try {
      var answer = JSON.parse(text);
    } catch (e) {
      return failure(texts.strange, text.slice(0, 500));
    }
    var error = answer.error;
    if (!error)
      return {result: answer.result, text: text};
    var data = error.data || {};
    var code = data.code === undefined ? error.code : data.code;
    return failure(format(data.type ? texts.error_type : texts.error,
                          {code: code, type: data.type}), error.message);
  }

  /** Whether a call can change something. */
  function writes(name, params) {
    if (name !== "system.multicall")
      return !$methodNamed(name).is(":not([data-writes])");
    return [].concat(params[0] || []).some(function(each) {
      each = each || {};
      var called = each.methodName || each.method;
      return called === "system.multicall" || writes(called, []);
    });
  }

  function $methodNamed(name) {
    return $(".rpc-method").filter(function() {
      return $(this).attr("data-method") === name;
    });
  }

  /* ---- Answers ---- */

  var MOST_LINES = 3000;

  /** Writes values as JSON into an element, with dates that can be read and
      files that can be saved. */
  function Writer($element, fileName) {
    this.$element = $element;
    this.fileName = fileName;
    this.lines = 0;
  }

  Writer.prototype.write = function(value, indent) {
    var hinted = hintOf(value);
    if (hinted && hinted[0] === "datetime")
      this.$element.append(dateOf(hinted[1]));
    else if (hinted && hinted[0] === "binary")
      this.$element.append(fileOf(hinted[1], this.fileName));
    else if (typeof value === "string")
      this.$element.append($('<span class="rpc-string">').text(
        JSON.stringify(value)));
    else if (value === null || typeof value !== "object")
      this.$element.append(document.createTextNode(String(value)));
    else
      this.writeMembers(value, indent);
  };

  Writer.prototype.writeMembers = function(value, indent) {
    var isArray = Array.isArray(value), keys = Object.keys(value);
    var inline = keys.length < 9 && keys.every(function(key) {
      return (isArray && value[key] === null) ||
        typeof value[key] === "number" || typeof value[key] === "boolean" ||
        isArray && typeof value[key] === "string" && value[key].length < 20;
    });
    var inner = inline ? "" : "\n" + indent + "  ";
    this.text(isArray ? "[" : "{");
    for (var i = 0; i < keys.length; i++) {
      if (this.lines > MOST_LINES) {
        this.shortened = true;
        this.text(inner + "…");
        break;
      }
      this.lines += !inline;
      this.text(inner + (isArray ? "" : JSON.stringify(keys[i]) + ": "));
      this.write(value[keys[i]], indent + "  ");
      this.text(i < keys.length - 1 ? inline ? ", " : "," : "");
    }
    this.text((inline ? "" : "\n" + indent) + (isArray ? "]" : "}"));
  };

  Writer.prototype.text = function(text) {
    this.$element.append(document.createTextNode(text));
  };

  function dateOf(text) {
    var date = new Date(text + (/Z|[+-]\d\d:?\d\d$/.test(text) ? "" : "Z"));
    var shown = isNaN(date) ? text : date.toLocaleString(
      document.documentElement.lang || undefined,
      {dateStyle: "medium", timeStyle: "long"});
    return $('<time class="rpc-date">').attr({datetime: text, title: text})
      .text(shown);
  }

  function fileOf(text, name) {
    var bytes = Uint8Array.from(atob(text.replace(/\s/g, "")), function(c) {
      return c.charCodeAt(0);
    });
    return linkTo(bytes, name, format(
      texts.download, {size: bytes.length.toLocaleString()}));
  }

  function linkTo(content, name, text) {
    return $("<a>").attr({
      href: URL.createObjectURL(new Blob(
        [content], {type: "application/octet-stream"})),
      download: name
    }).text(text);
  }

  /* A file that comes back has the name that was asked for. */
  function fileNameIn(params) {
    var last = params[params.length - 1];
    return typeof last === "string" && last.split("/").pop() || "file.bin";
  }

  /** What the answer to a call looks like. */
  function answerElement(answer, params) {
    if (answer.error)
      return $('<div class="rpc-error" role="alert">').append(
        $("<strong>").text(answer.error.title),
        $("<span>").text(answer.error.message));
    var $code = $("<code>"), writer = new Writer($code, fileNameIn(params));
    writer.write(answer.result, "");
    var $pre = $('<pre tabindex="0" class="rpc-result">').append($code);
    return writer.shortened ? $("<div>").append($pre, $("<p>").append(
      texts.shortened, " ",
      linkTo(answer.text, "answer.json", texts.download_all))) : $pre;
  }

  /* ---- The console ---- */

  function Console($method) {
    this.name = $method.attr("data-method");
    this.$element = $('<div class="rpc-console">');
    this.fields = $method.find(".rpc-parameters tbody tr").map(function() {
      return new Field({
        name: $(this).attr("data-name"),
        type: $(this).children("td").first().text(),
        kinds: ($(this).attr("data-kinds") || "any").split(" "),
        optional: this.hasAttribute("data-optional"),
        default: $(this).attr("data-default")
      });
    }).get();
    this.more = $method.is("[data-more]");
    if (this.more)
      this.fields.push(new Field({name: texts.more, type: "", default: "[]",
                                  kinds: ["array"], optional: true}));
    this.makeForm();
  }

  Console.prototype.makeForm = function() {
    var each = this;
    this.$call = $('<button type="submit" class="trac-button">')
      .text(texts.call);
    this.$confirm = $("<div>");
    this.$answer = $('<div class="rpc-answer" aria-live="polite">');
    var $form = $("<form novalidate>").attr("aria-label", format(
      texts.console, {method: this.name}));
    $form.append(
      this.fields.length ? this.fields.map(function(field) {
        return field.$element[0];
      }) : $("<p>").text(texts.no_parameters),
      $("<p>").append(this.$call), this.$confirm, this.$answer);
    $form.on("submit", function(event) {
      event.preventDefault();
      each.submit();
    });
    this.$element.append($form);
  };

  Console.prototype.focus = function() {
    this.$element.find("input, textarea, button").first().trigger("focus");
  };

  Console.prototype.submit = function() {
    var each = this;
    this.$confirm.empty();
    Promise.all(this.fields.map(function(field) {
      return field.read();
    })).then(function(values) {
      for (var i = 0; i < values.length; i++)
        if (values[i].problem) {
          each.fields[i].$input.trigger("focus");
          return;
        }
      var params = each.paramsOf(values);
      if (writes(each.name, params))
        each.ask(params);
      else
        each.call(params);
    });
  };

  /* Arguments by position: null stands for one that is left out before
     another one, and what is left out at the end is not sent. */
  Console.prototype.paramsOf = function(values) {
    var sent = this.more ? values.slice(0, -1) : values;
    var more = this.more && values[values.length - 1].value || [];
    var count = sent.length;
    while (!more.length && count && sent[count - 1].left)
      count--;
    return sent.slice(0, count).map(function(each) {
      return each.left ? null : each.value;
    }).concat(more);
  };

  Console.prototype.ask = function(params) {
    var each = this, id = newId();
    function answered(yes) {
      each.$confirm.empty();
      each.$call.trigger("focus");
      if (yes)
        each.call(params);
    }
    var $yes = $('<button type="button" class="trac-button">')
      .text(texts.confirm_yes).on("click", function() { answered(true); });
    var $no = $('<button type="button" class="trac-button">')
      .text(texts.confirm_no).on("click", function() { answered(false); });
    $('<div class="rpc-confirm" role="group">').attr("aria-labelledby", id)
      .append($("<p>").attr("id", id).text(format(
        texts.confirm, {method: this.name, user: tracrpc.user})),
              $yes, " ", $no)
      .on("keydown", function(event) {
        if (event.key === "Escape")
          answered(false);
      }).appendTo(this.$confirm);
    $yes.trigger("focus");
  };

  Console.prototype.call = function(params) {
    var each = this;
    this.$call.prop("disabled", true).text(texts.calling);
    call(this.name, params).then(function(answer) {
      each.$call.prop("disabled", false).text(texts.call);
      each.show(answer, params);
    });
  };

  Console.prototype.show = function(answer, params) {
    var name = this.name;
    this.$answer.find("a[download]").each(function() {
      URL.revokeObjectURL(this.href);
    });
    this.$answer.empty().append(
      $("<h5>").append(texts.answer, " ", $('<span class="rpc-took">').text(
        format(texts.took, {time: answer.time}))),
      answerElement(answer, params));
    var $codes = $.map(examples, function(codeOf, tool) {
      return $("<h5>").text(format(texts.same_call, {tool: tool})).add(
        $('<pre tabindex="0">').append($("<code>").text(
          codeOf(name, params)))).get();
    });
    this.$answer.append($("<div>").append($codes));
    tracrpc.makeCopyable(this.$answer.find("pre").not(".rpc-result"));
  };

  if (!tracrpc.url) {  // no JSON-RPC here
    $(".rpc-try").hide();
    return;
  }
  $(".rpc-try").on("click", "button", function() {
    var $button = $(this), $method = $button.closest(".rpc-method");
    var form = $button.data("console");
    if (!form) {
      form = new Console($method);
      form.$element.insertAfter($button.parent()).hide();
      $button.data("console", form);
    }
    var open = $button.attr("aria-expanded") !== "true";
    form.$element.toggle(open);
    $button.attr("aria-expanded", open);
    if (open)
      form.focus();
  });
});
