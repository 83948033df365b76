/* Saves each answer as it is given; without it all works, page by page. What the tab remembers outlives a reload,
   Back and a lost connection, until the form is done. */
(() => {
  "use strict";
  const form = document.getElementById("answers");
  const recall = () => { try { return JSON.parse(sessionStorage[location.pathname]); } catch { return {}; } };
  const remember = (what) => { try { sessionStorage[location.pathname] = JSON.stringify(what); } catch {} };

  if (!form) { // a notice: only a mark stays, by which the old form is known to be done
    const { key, done } = recall(), code = document.getElementById("code");
    remember({ done: key ? key.slice(-24) : done });
    if (code) code.onfocus = code.select;
    return;
  }

  const say = form.dataset, status = document.getElementById("status"), sum = document.getElementById("sum");
  const { key, page, language, consent } = form.elements;
  const named = (name) => [...form.elements].filter((field) => field.name === name);
  const isChoice = ({ type }) => /radio|checkbox/.test(type);
  const union = (a = [], b = []) => [...new Set([...a, ...b])];
  const tell = (text, strong = false) => { status.textContent = text; status.classList.toggle("strong", strong); };
  let memory; // key, pages: {page: {name: values}}, unsent: {page: names}

  const begin = () => {
    const before = recall(), [entry] = performance.getEntriesByType("navigation");
    if (before.done && key.value.endsWith(before.done)) return form.replaceWith(say.left);
    const again = before.key && entry && entry.type !== "navigate";
    memory = again || before.key === key.value ? before : { key: key.value, pages: {}, unsent: {} };
    key.value = memory.key;
    for (const [name, values] of Object.entries(memory.pages[page.value] || {}))
      for (const field of named(name))
        if (isChoice(field)) field.checked = values.includes(field.value);
        else field.value = values[0];
    remember(memory);
    add();
    if (Object.keys(memory.unsent).length) deliver();
  };

  const note = ({ name }) => {
    const here = page.value, given = named(name).filter((field) => field.checked || !isChoice(field));
    (memory.pages[here] = memory.pages[here] || {})[name] = given.length ? given.map((field) => field.value) : [""];
    memory.unsent[here] = union(memory.unsent[here], [name]);
    remember(memory);
    deliver();
  };

  // one call at a time: none overtakes another or the page
  let sending, wanted, retry, failures = 0, heard = 0, over;
  const deliver = () => sending = sending || send().finally(() => { sending = null; });

  async function send() {
    clearTimeout(retry);
    let here;
    while (!over && !(consent && !consent.checked) && (here = Object.keys(memory.unsent)[0])) {
      const names = memory.unsent[here];
      const body = new URLSearchParams({ key: key.value, page: here, language: language.value, consent: consent ? 1 : "" });
      for (const name of names) if (name !== "consent") memory.pages[here][name].forEach((value) => body.append(name, value));
      delete memory.unsent[here]; // what changes meanwhile comes anew
      const sent = { method: "POST", body, keepalive: `${body}`.length < 5e4, signal: AbortSignal.timeout?.(2e4) };
      const answer = await fetch(say.save, sent).catch(() => 0);
      if (!answer || answer.status >= 500 || answer.status === 429) {
        memory.unsent[here] = union(names, memory.unsent[here]);
        retry = setTimeout(deliver, Math.min(30, 2 ** failures++) * 1000);
        return tell(wanted ? say.waiting : say.offline, !!wanted);
      }
      failures = 0;
      heard = Date.now();
      if (answer.ok) tell(say.saved);
      else refuse(await answer.json().catch(() => ({})));
      remember(memory);
    }
    if (wanted) leave();
  }

  function refuse({ state, problems = {} }) { // for good
    over = !/refused|consent/.test(state);
    tell(over ? say.over : `${say.refused} ${Object.values(problems).join(" ")}`, true);
  }

  function leave() {
    const { name, value } = wanted;
    form.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
    form.submit();
    form.lastChild.remove();
    wanted = null;
  }

  const add = () => {
    let all = 0;
    for (const { value } of form.querySelectorAll(".share input")) all += parseInt(value, 10) || 0;
    if (sum) sum.textContent = sum.dataset.soFar.replace("{sum}", all);
  };

  let pause, pressed, typed, typedAt = 0, typedIn;
  form.addEventListener("change", ({ target }) => note(target));
  form.addEventListener("input", ({ target }) => {
    add();
    clearTimeout(pause);
    if (target.maxLength > 99) pause = setTimeout(note, 1500, target); // at each pause in writing
  });
  document.addEventListener("click", ({ target }) => { pressed = target.closest("button") || pressed; });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    wanted = event.submitter || pressed;
    const fresh = navigator.onLine && Date.now() - heard < 5000; // else the service is asked first
    if (!fresh && !sending) memory.unsent[page.value] = union(memory.unsent[page.value]);
    deliver();
  });
  form.addEventListener("keydown", (event) => { // digits choose a point; 1 and 0 in a row the 10
    const { target, key: digit, timeStamp: now, isComposing, ctrlKey, altKey, metaKey } = event;
    if (target.type !== "radio" || !/^\d$/.test(digit) || isComposing || ctrlKey || altKey || metaKey) return;
    const point = (value) => named(target.name).find((field) => field.value === value);
    typed = typedIn === target.name && now - typedAt < 800 && point(typed + digit) ? typed + digit : digit;
    [typedAt, typedIn] = [now, target.name];
    if (point(typed)) { point(typed).focus(); point(typed).click(); }
  });
  addEventListener("online", () => memory && deliver());
  addEventListener("pageshow", ({ persisted }) => { if (persisted) begin(); });
  begin();

  const problems = document.getElementById("problems"), words = [...problems.childNodes];
  if (words.length) setTimeout(() => problems.replaceChildren(...words), 100); // to be heard
})();
