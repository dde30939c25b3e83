import { useWords } from "../language/language";
import { pathTo } from "../router/paths";
import { Page } from "../shell/Page";
import { ButtonLink } from "../ui/Button";
import { Empty } from "../ui/State";
import { postWords } from "./words";

/** The Band's albums, which the server does not offer yet. */
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
