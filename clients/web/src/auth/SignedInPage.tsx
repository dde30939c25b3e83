import type { Fault } from "@dongbaejul/client";
import { useEffect, useState } from "react";
import { useClient } from "../club/client";
import { useWords } from "../language/language";
import { pathTo } from "../router/paths";
import { go } from "../router/router";
import { ButtonLink } from "../ui/Button";
import { Loading, Problem } from "../ui/State";
import { takeReturn } from "./SignInPage";
import { authWords } from "./words";

/** The page to which Band redirects, with a code in the address. */
export function SignedInPage() {
  const words = useWords(authWords);
  const client = useClient();
  const [fault, setFault] = useState<Fault>();
  // Read in the first render: StrictMode runs effects twice, and by the second run the code is gone from the address.
  const [answer] = useState(() => location.href);
  useEffect(() => {
    if (new URL(answer).search === "") {
      go(pathTo("board"), { replace: true });
      return;
    }
    // A code can be used once, so it is removed from the history.
    history.replaceState(null, "", pathTo("signedIn"));
    let over = false;
    client.session.completeSignIn(answer).then(
      () => over || go(takeReturn(), { replace: true }),
      (error: unknown) => setFault(client.fault(error)),
    );
    return () => {
      over = true;
    };
  }, [client, answer]);
  return (
    <main className="sign-in">
      <title>{words.signingInTitle}</title>
      <h1 className="hidden-visually">{words.signIn}</h1>
      {fault ? (
        <div className="sign-in-card">
          <Problem fault={fault} />
          <ButtonLink look="primary" href={pathTo("signIn")}>
            {words.again}
          </ButtonLink>
        </div>
      ) : (
        <Loading label={words.signingIn} />
      )}
    </main>
  );
}
