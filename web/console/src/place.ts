// Which view somebody looked at before they went to sign in elsewhere.
const placeName = 'carillon.place';

export function keepPlace(): void {
  try {
    sessionStorage.setItem(placeName, location.hash);
  } catch {
    // storage is blocked: the overview is shown
  }
}

/** Goes back there, once. */
export function returnToPlace(): void {
  try {
    const place = sessionStorage.getItem(placeName);
    sessionStorage.removeItem(placeName);
    if (place?.startsWith('#/') && location.hash.length <= 2) location.replace(place);
  } catch {
    // see above
  }
}
