// A read-only text field with a button that copies it.
function render({ model, el }) {
  const label = Object.assign(document.createElement("label"), { className: "ak-code-label" });
  const text = Object.assign(document.createElement("textarea"), { readOnly: true, spellcheck: false });
  const copy = Object.assign(document.createElement("button"), { type: "button", textContent: "Copy code" });
  const told = document.createElement("span");
  told.setAttribute("role", "status");
  label.append(Object.assign(document.createElement("span"), { textContent: "The same as code" }), text);
  el.classList.add("ak-code");
  el.append(label, copy, told);
  const draw = () => {
    text.value = model.get("value");
    text.rows = Math.min(16, model.get("value").split("\n").length + 1);
    told.textContent = "";
  };
  copy.addEventListener("click", async () => {
    told.textContent = (await copied(text)) ? " Copied." : " Selected: press Ctrl+C.";
  });
  model.on("change:value", draw);
  draw();
  return () => model.off("change:value", draw);
}

async function copied(text) {
  try {
    await navigator.clipboard.writeText(text.value);
    return true;
  } catch {
    // Pages that are not served over https or from this machine have no clipboard.
    text.focus();
    text.select();
    return document.execCommand("copy");
  }
}

export default { render };
