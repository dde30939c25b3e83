import type { Plugin } from "vite";

/**
 * Puts the style sheet behind what index.html shows by itself: a browser paints what stands before a style sheet without waiting
 * for it. The scripts wait for it all the same.
 */
export function firstPaint(): Plugin {
  return {
    name: "first-paint",
    apply: "build",
    transformIndexHtml: {
      order: "post",
      handler(html) {
        const sheets = html.match(/ *<link rel="stylesheet"[^>]*>\n?/g) ?? [];
        return sheets.reduce((text, sheet) => text.replace(sheet, ""), html).replace("  </body>", `${sheets.join("")}  </body>`);
      },
    },
  };
}
