import { createClub, createOutbox } from "@dongbaejul/client";
import { ClubProvider } from "@dongbaejul/client/react";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./App";
import { createCache } from "./club/cache";
import { createClubClient } from "./club/client";
import { applyLanguage, currentLanguage, subscribeLanguage } from "./language/language";
import { go } from "./router/router";
import { applyTheme } from "./shell/theme";
import { localTexts } from "./storage";
import "./styles/tokens.css";
import "./styles/base.css";

applyTheme();
applyLanguage();
const client = createClubClient({ baseUrl: location.origin, tokens: localTexts, language: currentLanguage() });
subscribeLanguage(() => client.setLanguage(currentLanguage()));
const club = createClub(client, { outbox: createOutbox(client, { storage: localTexts }), cache: createCache(client) });
const root = document.getElementById("app");
if (root) {
  createRoot(root).render(
    <StrictMode>
      <ClubProvider client={client} club={club}>
        <App />
      </ClubProvider>
    </StrictMode>,
  );
}

// Only in builds: during development, files change without their names changing.
if (import.meta.env.PROD) {
  try {
    // Refused on plain HTTP; the app works without it. What pushes need is loaded last.
    navigator.serviceWorker
      ?.register("/worker.js")
      .then(() => navigator.serviceWorker.ready)
      .then(() => import("./push/keepPush"))
      .then(({ keepPush }) => keepPush(client, club, go))
      .catch(() => undefined);
  } catch {
    // In a sandboxed frame, reading the property throws.
  }
}
