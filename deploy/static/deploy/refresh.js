// Something is under way: show how far it is, but take nothing away from who has begun to fill a form in.
let begun = false;
document.addEventListener("input", () => { begun = true; });
setInterval(() => { if (!begun) location.reload(); }, 3000);
