// The frame of the portal is as high as its page, so its middle and its end may be out of sight: what is said and asked appears beside what was pressed.
import { placeDialogs } from '../ui/forms';

/** Least distance from the edges, in pixels. */
const margin = 8;

function at(y: number): void {
  document.documentElement.style.setProperty('--at', `${Math.round(y + window.scrollY)}px`);
}

export function startPlaces(): void {
  // Of a key on a button, too.
  document.addEventListener('click', (event) => {
    if (event.target instanceof Element && !event.target.closest('.toasts')) at(event.target.getBoundingClientRect().bottom + margin);
  }, true);
  placeDialogs((dialog, opener) => {
    const from = opener?.getBoundingClientRect().top ?? 0;
    const most = window.innerHeight - dialog.getBoundingClientRect().height - margin;
    dialog.style.top = `${Math.round(Math.max(margin, Math.min(from, most)) + window.scrollY)}px`;
  });
}
