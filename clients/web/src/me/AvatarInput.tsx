import { createUploads, UploadPurpose, type UserProfile } from "@dongbaejul/client";
import { useRef } from "react";
import { useClient } from "../club/client";
import { useAction } from "../club/useAction";
import { useWords } from "../language/language";
import { Button } from "../ui/Button";
import { FaultNote } from "../ui/State";
import { PictureInput } from "../uploads/Pictures";
import { meWords } from "./words";

/** Changes or removes the user's picture. */
export function AvatarInput({ user, onChange }: { user: UserProfile; onChange: (user: UserProfile | undefined) => void }) {
  const words = useWords(meWords);
  const client = useClient();
  const progress = useRef<HTMLProgressElement>(null);
  const upload = useAction(async (file: File) => {
    const { url } = await createUploads(client).put(file, {
      purpose: UploadPurpose.AVATAR,
      onProgress: (sent, total) => {
        if (progress.current) progress.current.value = sent / total;
      },
    });
    onChange((await client.users.updateProfile({ avatar: url })).user);
  });
  const remove = useAction(async () => onChange((await client.users.updateProfile({ avatar: "" })).user));
  return (
    <div className="stack">
      <div className="row">
        <PictureInput
          className="button button-plain button-medium"
          disabled={upload.busy}
          onChoose={([file]) => file && void upload.run(file)}
        >
          {words.changePicture}
        </PictureInput>
        {user.avatar && (
          <Button look="quiet" busy={remove.busy} onClick={() => void remove.run()}>
            {words.removePicture}
          </Button>
        )}
        {upload.busy && <progress ref={progress} max={1} value={0} aria-label={words.uploading} />}
      </div>
      <FaultNote fault={upload.fault ?? remove.fault} />
    </div>
  );
}
