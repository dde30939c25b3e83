import { useSession } from "@dongbaejul/client/react";
import { lazy, Suspense, useEffect } from "react";
import { forgetKept } from "./club/kept";
import { useLanguage } from "./language/language";
import { lazyWithQueries } from "./lazyWithQueries";
import { PageAt, preloadPages } from "./pages";
import { pathTo } from "./router/paths";
import { go, usePlace } from "./router/router";
import { Crash } from "./shell/Crash";
import { Notices } from "./shell/Notices";
import { Shell } from "./shell/Shell";
import { UndoProvider } from "./shell/Undo";
import { Loading } from "./ui/State";

const SignInPage = lazyWithQueries(async () => (await import("./auth/SignInPage")).SignInPage);
const SignedInPage = lazy(async () => ({ default: (await import("./auth/SignedInPage")).SignedInPage }));

/** The whole app: the sign-in page, or the page of the address if a user is signed in. */
export function App() {
  return (
    // Until something is rendered, the page shows the placeholder of index.html.
    <Crash page={location.pathname}>
      <Suspense fallback={null}>
        <Entrance />
      </Suspense>
    </Crash>
  );
}

function Entrance() {
  const session = useSession();
  const place = usePlace();
  // Everything renders again when the language changes.
  useLanguage();
  const signedOut = session.status === "signed_out";
  useEffect(() => {
    if (signedOut) void forgetKept();
  }, [signedOut]);
  if (place?.name === "signedIn") return <SignedInPage />;
  switch (session.status) {
    case "unknown":
      return null;
    case "signed_out":
      return <SignInPage {...(place && place.name !== "signIn" ? { from: location.pathname + location.search } : {})} />;
    case "signed_in":
      return (
        // The next user must see nothing of the previous one.
        <Notices key={session.userId}>
          <UndoProvider>
            <Club />
          </UndoProvider>
        </Notices>
      );
  }
}

function Club() {
  const place = usePlace();
  useEffect(preloadPages, []);
  useEffect(() => {
    if (place?.name === "signIn") go(pathTo("board"), { replace: true });
  }, [place?.name]);
  const page = (
    <Crash page={location.pathname}>
      <Suspense fallback={<Loading />}>
        <PageAt place={place} />
      </Suspense>
    </Crash>
  );
  // The screen in the gym and the scoring page have no shell around them.
  return place?.name === "screen" || place?.name === "score" ? page : <Shell>{page}</Shell>;
}
