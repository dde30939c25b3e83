import { pathTo } from "../router/paths";
import { Page } from "../shell/Page";
import { ButtonLink } from "../ui/Button";
import { Empty } from "../ui/State";

/** The Band's albums. The server does not hand them out yet; this is their place. */
export function AlbumsPage() {
  return (
    <Page title="사진첩" parent={pathTo("posts")}>
      <Empty icon="albums" title="밴드 사진첩은 준비 중입니다.">
        <ButtonLink href={pathTo("posts")}>게시판으로</ButtonLink>
      </Empty>
    </Page>
  );
}
