import { useSession } from "@dongbaejul/client/react";
import { useState } from "react";
import { useClient } from "../club/client";
import { useAction } from "../club/useAction";
import { useWords } from "../language/language";
import { pathTo } from "../router/paths";
import { Logo } from "../shell/Logo";
import { readText, tabTexts, writeText } from "../storage";
import { Button } from "../ui/Button";
import { FaultNote } from "../ui/State";
import { authWords } from "./words";
import "./SignInPage.css";

/** The address to which Band redirects. It must be among the server's AUTH_REDIRECT_URIS. */
export const redirectUri = () => location.origin + pathTo("signedIn");

const returnKey = "dongbaejul.return";

/** Returns the page that the user wanted before they had to sign in, once. */
export function takeReturn(): string {
  const path = readText(tabTexts, returnKey) ?? pathTo("board");
  writeText(tabTexts, returnKey, null);
  return path;
}

/** The page that leads to Band, where users sign in. */
export function SignInPage({ from }: { from?: string }) {
  const words = useWords(authWords);
  const client = useClient();
  const session = useSession();
  const [leaving, setLeaving] = useState(false);
  const signIn = useAction(async () => {
    const { authUrl } = await client.session.startSignIn(redirectUri());
    if (from) writeText(tabTexts, returnKey, from);
    setLeaving(true);
    location.assign(authUrl);
  });
  const ended = session.status === "signed_out" ? session.fault : undefined;
  return (
    <main className="sign-in">
      <title>{words.signInTitle}</title>
      <div className="sign-in-card">
        <Logo size={72} />
        <h1>{words.club}</h1>
        <p className="soft">
          {words.about}
          <br />
          {words.what}
        </p>
        <FaultNote fault={signIn.fault ?? ended} />
        <Button look="primary" size="large" busy={signIn.busy || leaving} onClick={() => void signIn.run()}>
          {words.band}
        </Button>
        <p className="small soft">{words.membersOnly}</p>
      </div>
    </main>
  );
}
