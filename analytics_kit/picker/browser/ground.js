// What ipywidgets cannot do for the picker around it: name it, have its outcome read out, and keep its keys.
function render({ el }) {
  el.style.display = "none";
  let tries = 200;
  let timer;
  let picker;
  const prepare = () => {
    // The views of the picker's parts come one by one.
    picker = el.closest(".analytics-kit-picker");
    const outcome = picker?.querySelector(".ak-outcome");
    if (outcome) settle(picker, outcome);
    else if (tries-- > 0) timer = setTimeout(prepare, 50);
  };
  const onKey = (event) => {
    if (picker?.contains(event.target)) keepKey(event);
  };
  prepare();
  window.addEventListener("keydown", onKey, true);
  return () => {
    clearTimeout(timer);
    window.removeEventListener("keydown", onKey, true);
  };
}

function settle(picker, outcome) {
  picker.setAttribute("role", "group");
  picker.setAttribute("aria-label", "Picker: choose, load and look");
  outcome.setAttribute("role", "status");
  outcome.setAttribute("aria-live", "polite");
}

// On a button or a list, JupyterLab would take "b" for "insert a cell" and an arrow for "next cell". Keys that mean
// something with Ctrl, Alt, Shift+Enter or Escape stay JupyterLab's. It looks for this attribute on the target itself.
function keepKey(event) {
  const labs = event.ctrlKey || event.metaKey || event.altKey || event.key === "Escape" || (event.shiftKey && event.key === "Enter");
  if (labs) event.target.removeAttribute("data-lm-suppress-shortcuts");
  else event.target.setAttribute("data-lm-suppress-shortcuts", "true");
}

export default { render };
