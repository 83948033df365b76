/* In the questionnaire inside a frame: tells the page around it how high it is. Nothing else is told, and only to
   the origins that may show it. */
(() => {
  "use strict";
  if (parent === self) return;
  const origins = document.currentScript.dataset.origins.split(" "), whole = document.documentElement;
  let isNext = document.currentScript.dataset.next === "1";
  new ResizeObserver(() => {
    const told = { of: "barometer", height: whole.getBoundingClientRect().height, isNext };
    for (const origin of origins) parent.postMessage(told, origin);
    isNext = false;
  }).observe(whole);
})();
