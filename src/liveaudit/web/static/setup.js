// The set-up's forms: what is chosen in a list chooses the list, and what was found can be taken over.
document.addEventListener("change", (event) => {
  const box = event.target.closest("[data-chooses]");
  if (!box) return;
  const which = box.form.querySelector(`input[name="which"][value="${box.dataset.chooses}"]`);
  if (which) which.checked = true;
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-fill]");
  if (!button) return;
  const field = document.getElementById(button.dataset.fill);
  field.value = document.getElementById(button.dataset.from).textContent;
  field.focus();
});
