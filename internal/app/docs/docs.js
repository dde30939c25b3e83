// Shows /openapi.yaml, and signs in to try its calls: by Naver Band, or in development by the simulator of it.
"use strict";

const signIn = document.getElementById("sign-in");
const status = document.getElementById("status");
// What a sign-in must come back with is kept in this tab until it has.
const stateKey = "dongbaejul.docs.state";
const here = location.origin + "/docs";

const returned = new URLSearchParams(location.search);
const state = sessionStorage.getItem(stateKey);
sessionStorage.removeItem(stateKey);
// A code is good for one use, and is not for the history.
history.replaceState(null, "", here + location.hash);

// The viewer fills in examples, and what somebody did not ask for would leave out most of a list.
const emptyFilters = {
  statePlugins: {
    spec: {
      wrapActions: {
        updateJsonSpec: (update) => (spec) => {
          for (const operation of Object.values(spec.paths ?? {}).flatMap((path) => Object.values(path))) {
            for (const parameter of operation?.parameters ?? []) {
              if (parameter.in === "query" && !parameter.required) {
                delete parameter.example;
              }
            }
          }
          return update(spec);
        },
      },
    },
  },
};

const viewer = SwaggerUIBundle({
  url: "/openapi.yaml",
  dom_id: "#docs",
  deepLinking: true,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  tryItOutEnabled: true,
  plugins: [emptyFilters],
  // Nobody else is asked about the document.
  validatorUrl: null,
  onComplete: () => report(finish),
});

signIn.addEventListener("click", () => report(begin));

async function begin() {
  const login = await call("/api/v1/auth/band/login", { redirect_uri: here });
  sessionStorage.setItem(stateKey, login.state);
  location.assign(login.auth_url);
}

// The token goes no further than this page: who reloads it signs in again.
async function finish() {
  if (returned.has("error")) {
    throw new Error("Band did not agree: " + returned.get("error"));
  }
  if (state === null || !returned.has("code")) {
    return;
  }
  const session = await call("/api/v1/auth/band/callback", { code: returned.get("code"), state });
  viewer.preauthorizeApiKey("bearer", session.access_token);
  status.textContent = `Signed in as ${session.user.display_name} (${session.user.role}).`;
}

async function call(path, message) {
  const response = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json", "Accept-Language": "en" },
    body: JSON.stringify(message),
  });
  const answer = await response.json();
  if (!response.ok) {
    throw new Error(answer.message);
  }
  return answer;
}

async function report(attempt) {
  signIn.disabled = true;
  try {
    await attempt();
  } catch (error) {
    status.textContent = error.message;
  } finally {
    signIn.disabled = false;
  }
}
