/** Pages have no icon with a number. */
export const setBadge = undefined;
