/* For a company's own page: gives each frame of this service the height of what it shows. It listens to this
   service only, and to those frames that are in the page. */
(() => {
  "use strict";
  const own = new URL(document.currentScript.src).origin;
  addEventListener("message", ({ origin, source, data }) => {
    if (origin !== own || !data || data.of !== "barometer" || !(data.height > 0 && data.height < 1e5)) return;
    for (const frame of document.querySelectorAll("iframe")) {
      if (frame.contentWindow !== source) continue;
      frame.height = Math.ceil(data.height);
      if (data.isNext && frame.getBoundingClientRect().top < 0) frame.scrollIntoView();
    }
  });
})();
