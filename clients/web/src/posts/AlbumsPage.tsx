import { useWords } from "../language/language";
import { pathTo } from "../router/paths";
import { Page } from "../shell/Page";
import { ButtonLink } from "../ui/Button";
import { Empty } from "../ui/State";
import { postWords } from "./words";

/** The Band's albums. The server does not hand them out yet; this is their place. */
export function AlbumsPage() {
  const words = useWords(postWords);
  return (
    <Page title={words.albums} parent={pathTo("posts")}>
      <Empty icon="albums" title={words.noAlbums}>
        <ButtonLink href={pathTo("posts")}>{words.toBoard}</ButtonLink>
      </Empty>
    </Page>
  );
}
