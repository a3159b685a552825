// A link that saves a file. The file is saved at once where the widget is new, and not again when a page is reloaded.
function render({ model, el }) {
  const blob = new Blob([model.get("content")], { type: model.get("mime") });
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = model.get("name");
  link.textContent = `${model.get("name")} (${size(blob.size)})`;
  link.className = "ak-saved-file";
  el.append(link);
  if (model.get("fresh")) {
    model.set("fresh", false);
    model.save_changes();
    link.click();
  }
  return () => URL.revokeObjectURL(link.href);
}

function size(bytes) {
  return bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1e3))} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

export default { render };
