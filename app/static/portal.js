// The only script of the portal. Every page works without it. It adds menus that close, confirmation dialogs,
// a warning before unsaved text is left, drafts and selects with a search. Its texts come from <body data-…>.
(function () {
  "use strict";
  const words = document.body.dataset;
  const all = (selector, root) => Array.from((root || document).querySelectorAll(selector));

  // ---- Menus: the browser opens <details class="menu">; a click outside or Escape closes it.
  const toggle = document.querySelector(".navbar-toggle");
  const menu = document.getElementById("menu");
  if (toggle && menu) {
    toggle.setAttribute("role", "button");
    toggle.setAttribute("aria-controls", "menu");
    toggle.setAttribute("aria-expanded", "false");
    const flip = (event) => {
      event.preventDefault();
      toggle.setAttribute("aria-expanded", String(menu.classList.toggle("in")));
    };
    toggle.addEventListener("click", flip);
    toggle.addEventListener("keydown", (event) => event.key === " " && flip(event));
  }
  document.addEventListener("click", (event) => {
    all("details.menu[open]").forEach((one) => one.contains(event.target) || one.removeAttribute("open"));
  });
  document.addEventListener("keydown", (event) => {
    const open = event.key === "Escape" && event.target.closest("details.menu[open]");
    if (open) {
      open.removeAttribute("open");
      open.querySelector("summary").focus();
    }
  });

  // ---- Messages: closable; an error summary gets the focus, and its links focus the fields.
  all("[data-dismiss=alert]").forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", () => button.closest(".alert").remove());
  });
  const refusal = document.querySelector(".error-summary, .conflict");
  if (refusal) refusal.focus();
  all(".error-summary a[href^='#']").forEach((link) => {
    link.addEventListener("click", (event) => {
      const field = document.getElementById(link.hash.slice(1));
      if (!field) return;
      event.preventDefault();
      const folded = field.closest("details:not([open])");
      if (folded) folded.open = true;
      const shown = field.matches(".select2-hidden-accessible") ? field.parentElement.querySelector(".select2-selection") : field;
      shown.focus();
      field.closest(".field").scrollIntoView({ block: "center" });
    });
  });

  // ---- Back by the browser's history, which keeps what was typed; without a script the link opens the page.
  all("[data-back]").forEach((link) => {
    link.addEventListener("click", (event) => {
      if (history.length < 2) return;
      event.preventDefault();
      history.back();
    });
  });

  // ---- Copy the value of a field; if the browser does not allow it, the value stays selected.
  all("[data-copy]").forEach((button) => {
    const field = document.getElementById(button.dataset.copy);
    button.hidden = false;
    button.addEventListener("click", async () => {
      field.select();
      try {
        await navigator.clipboard.writeText(field.value);
      } catch {
        if (!document.execCommand("copy")) return;
      }
      button.textContent = button.dataset.copied;
    });
  });

  // ---- Confirmation dialog before a step that is hard to undo.
  const dialog = document.getElementById("confirm");
  function ask(form, button) {
    document.getElementById("confirm-question").textContent = form.dataset.confirm;
    const yes = document.getElementById("confirm-yes");
    yes.textContent = (button || form.querySelector("button")).textContent;
    yes.classList.toggle("btn-danger", Boolean(button && button.matches(".btn-danger")));
    dialog.returnValue = "";
    dialog.onclose = () => {
      if (dialog.returnValue !== "yes") return;
      form.dataset.confirmed = "yes";
      form.requestSubmit(button);
    };
    dialog.showModal();
  }

  // ---- Forms: warn before unsaved text is left; submit once only; refuse an incomplete date, which would be sent
  // as empty, and a file that is too large, because the failed upload could lose the typed text.
  let unsaved = Boolean(document.querySelector("form[data-unsaved]"));
  const touched = (event) => {
    if (event.target.closest && event.target.closest("#model_form")) unsaved = true;
  };
  document.addEventListener("input", touched);
  document.addEventListener("change", touched);
  window.addEventListener("beforeunload", (event) => {
    if (unsaved) event.preventDefault();
  });

  function faultOf(field) {
    if (field.validity && field.validity.badInput) return words.badMoment;
    const large = Array.from(field.files || []).some((file) => file.size > Number(field.dataset.most));
    return large ? words.tooLarge : "";
  }
  function refuseAtOnce(form) {
    const faulty = Array.from(form.elements).filter(faultOf);
    faulty.forEach((field) => {
      const id = field.id + "-error";
      let note = document.getElementById(id);
      if (!note) {
        note = document.createElement("span");
        note.id = id;
        note.className = "error";
        field.before(note);
        field.setAttribute("aria-describedby", [field.getAttribute("aria-describedby"), id].filter(Boolean).join(" "));
      }
      note.textContent = faultOf(field);
      field.setAttribute("aria-invalid", "true");
      field.closest(".field").classList.add("has-error");
    });
    if (faulty.length) faulty[0].focus();
    return faulty.length > 0;
  }

  all("form[method=post]").forEach((form) => {
    form.noValidate = true; // the server validates, in the user's language, instead of the browser
    form.addEventListener("submit", (event) => {
      if (form.dataset.sent || refuseAtOnce(form)) return event.preventDefault();
      if (form.dataset.confirm && !form.dataset.confirmed) {
        event.preventDefault();
        return ask(form, event.submitter);
      }
      form.dataset.sent = "yes";
      unsaved = false;
      all("button[type=submit]", form).forEach((button) => button.setAttribute("aria-disabled", "true"));
    });
  });
  window.addEventListener("pageshow", (event) => {
    if (!event.persisted) return; // restored from the back/forward cache: the form may be sent again
    all("form[data-sent]").forEach((form) => {
      delete form.dataset.sent;
      delete form.dataset.confirmed;
      all("[aria-disabled]", form).forEach((button) => button.removeAttribute("aria-disabled"));
    });
  });

  // ---- Drafts: a form is saved on the server while the user types; a dead battery or an ended session loses nothing.
  const kept = document.getElementById("kept");
  all("form[data-draft]").forEach((form) => {
    let waiting = 0;
    let last = "";
    const keep = (leaving) => {
      clearTimeout(waiting);
      const typed = new URLSearchParams(new FormData(form));
      if (form.dataset.sent || typed.toString() === last) return;
      last = typed.toString();
      fetch(form.dataset.draft, { method: "POST", body: typed, redirect: "error", keepalive: leaving })
        .then((answer) => answer.json())
        .then((answer) => { kept.textContent = answer.text; })
        .catch(() => { last = ""; });
    };
    const soon = () => {
      clearTimeout(waiting);
      waiting = setTimeout(keep, 1200, false);
    };
    form.addEventListener("input", soon);
    form.addEventListener("change", soon);
    document.addEventListener("visibilitychange", () => waiting && document.hidden && keep(true));
  });

  // ---- Remote selects: Select2 queries the options API, with at least two characters, so that no whole list is sent.
  const $ = window.jQuery;
  if (!$ || !$.fn.select2) return;
  const language = {
    inputTooShort: () => words.typeMore,
    searching: () => words.searching,
    noResults: () => words.noneFound,
    errorLoading: () => words.noAnswer,
    loadingMore: () => words.loadMore,
    removeAllItems: () => words.clear,
    removeItem: () => words.clear,
  };
  const labelOf = (select) => {
    const label = document.querySelector(`label[for="${select.id}"]`);
    return label ? label.firstChild.textContent.trim() : words.search;
  };
  const status = document.createElement("div");
  status.className = "sr-only";
  status.setAttribute("role", "status");
  document.querySelector("main").append(status);
  function tell(list) {
    // Select2 puts an alert into the listbox, which may contain only options; the status element announces it instead.
    const message = list.querySelector(".select2-results__message, .loading-results");
    status.textContent = message ? message.textContent : "";
    if (!message) return;
    message.setAttribute("role", "option");
    message.setAttribute("aria-disabled", "true");
    message.setAttribute("aria-selected", "false");
    message.removeAttribute("aria-live");
  }
  all("select.remote").forEach((select) => {
    const name = labelOf(select);
    $(select)
      .select2({
        theme: "bootstrap",
        width: "100%",
        language: language,
        dropdownParent: $(select.form),
        placeholder: { id: "", text: words.search },
        allowClear: !select.multiple && !select.matches("[aria-required]"),
        minimumInputLength: 2,
        ajax: {
          url: select.dataset.url,
          dataType: "json",
          delay: 250,
          data: (typed) => ({ q: typed.term, page: typed.page || 1 }),
        },
      })
      .on("select2:select select2:unselect select2:clear", () => {
        if (select.closest("#model_form")) unsaved = true;
      })
      .on("select2:open", () => {
        const field = document.querySelector(".select2-container--open .select2-search__field");
        const list = document.querySelector(".select2-container--open .select2-results__options");
        shown.setAttribute("aria-controls", list.id);
        list.setAttribute("aria-label", name);
        tell(list);
        new MutationObserver(() => tell(list)).observe(list, { childList: true });
        field.setAttribute("aria-label", name);
        field.focus();
      })
      .on("select2:close", () => shown.removeAttribute("aria-controls"));
    const shown = select.parentElement.querySelector(".select2-selection");
    const text = shown.querySelector(".select2-selection__rendered");
    shown.removeAttribute("aria-labelledby"); // with the textbox role of its text it names the field twice or not at all
    if (text.getAttribute("role") === "textbox") ["role", "aria-readonly"].forEach((key) => text.removeAttribute(key));
    const speak = () => {
      const chosen = all("option:checked", select).map((option) => option.textContent).filter(Boolean);
      shown.setAttribute("aria-label", [name].concat(chosen).join(", "));
      [text].concat(all("[title]", shown)).forEach((part) => part.removeAttribute("title")); // the title only repeats the text, and the portal has no tooltips
    };
    const typing = shown.querySelector(".select2-search__field");
    if (typing) typing.setAttribute("aria-label", name);
    speak();
    $(select).on("change", speak);
    ["aria-describedby", "aria-invalid"].forEach((key) => {
      if (select.hasAttribute(key)) shown.setAttribute(key, select.getAttribute(key));
    });
  });

  // Photos of letters are scaled down: at 2000 pixels and a tenth of the bytes every word is still readable.
  const LARGE = 1000000, SIDE = 2000;
  async function shrunk(file) {
    const picture = await createImageBitmap(file);
    const scale = Math.min(1, SIDE / Math.max(picture.width, picture.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(picture.width * scale);
    canvas.height = Math.round(picture.height * scale);
    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.85));
    return blob && blob.size < file.size ? new File([blob], file.name.replace(/\.\w+$/, "") + ".jpg", { type: blob.type }) : file;
  }
  all('input[type="file"]').forEach((input) => {
    input.addEventListener("change", async () => {
      const file = input.files[0];
      delete input.dataset.ready;
      try {
        if (file && /^image\/(jpeg|png)$/.test(file.type) && file.size >= LARGE) {
          const chosen = new DataTransfer();
          chosen.items.add(await shrunk(file));
          if (input.files[0] === file) input.files = chosen.files;
        }
      } catch (unreadable) {
        // The server reports what is wrong with the file.
      }
      input.dataset.ready = "yes";
    });
  });
})();
