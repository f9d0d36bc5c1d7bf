// What has aged since the page was made: the reader's day decides, in UTC as in okx_guide.facts.
const DAY = 86_400_000;
// MAX_AGE_DAYS of okx_guide.facts; overrides/partials/page-dates.html says it in words.
const MAX_AGE_DAYS = 90;
const passed = (day) => Math.floor((Date.now() - Date.parse(day)) / DAY);

for (const checked of document.querySelectorAll("[data-checked]")) {
  const old = passed(checked.dataset.checked) > MAX_AGE_DAYS;
  checked.hidden = old;
  checked.parentElement.querySelector("[data-aged]").hidden = !old;
}
for (const end of document.querySelectorAll("[data-ends]")) {
  end.hidden = passed(end.dataset.ends) < 0;
}
