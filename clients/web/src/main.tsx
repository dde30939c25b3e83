import { createClient } from "@dongbaejul/client";
import { createRoot } from "react-dom/client";
import { App } from "./App";
import { ClientProvider } from "./club/ClubProvider";
import { applyTheme } from "./shell/theme";
import "./styles/tokens.css";
import "./styles/base.css";

applyTheme();
const client = createClient({ baseUrl: location.origin, tokens: localStorage });
const root = document.getElementById("app");
if (root) {
  createRoot(root).render(
    <ClientProvider client={client}>
      <App />
    </ClientProvider>,
  );
}
