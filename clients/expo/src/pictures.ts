import type { FileReference } from "@dongbaejul/client";
import { launchImageLibraryAsync, UIImagePickerPreferredAssetRepresentationMode } from "expo-image-picker";

/** How many pictures a message or a post can have. */
export const maxPictures = 20;

/** Lets the user choose pictures of the device, at most so many; none if they choose none. The system asks for no permission for that. */
export async function choosePictures(most = maxPictures): Promise<FileReference[]> {
  const { assets } = await launchImageLibraryAsync({
    mediaTypes: ["images"],
    allowsMultipleSelection: most > 1,
    selectionLimit: most,
    quality: 0.85,
    // HEIC becomes JPEG.
    preferredAssetRepresentationMode: UIImagePickerPreferredAssetRepresentationMode.Compatible,
  });
  // A browser has no limit.
  return (assets ?? []).slice(0, most).map(({ uri, fileName, mimeType, fileSize }) => ({ uri, name: fileName, type: mimeType, size: fileSize }));
}
