import type { Attachment, OutboxItem } from "@dongbaejul/client";
import { Image, View } from "react-native";
import { Text } from "../ui/Text";
import { useTheme } from "../ui/theme";

/** The pictures among attachments, each in a box that does not change when it is loaded. */
export function Pictures({ of, width: most }: { of: readonly Attachment[]; width: number }) {
  const theme = useTheme();
  const pictures = of.filter(({ url }) => url !== "");
  if (pictures.length === 0) {
    return null;
  }
  return (
    <View style={{ gap: 6 }}>
      {pictures.map(({ fileId, url, name, width, height }) => (
        <Image
          key={fileId || url}
          source={{ uri: `${url}?w=${most > 320 ? 1280 : 640}` }}
          accessibilityLabel={name || "사진"}
          resizeMode="contain"
          style={{
            width: width > 0 ? Math.min(most, width) : most,
            maxWidth: "100%",
            aspectRatio: width > 0 && height > 0 ? width / height : 1,
            borderRadius: 12,
            backgroundColor: theme.sunken,
          }}
        />
      ))}
    </View>
  );
}

/** How far the pictures of something are that is being sent. */
export function UploadProgress({ of }: { of: OutboxItem | undefined }) {
  if (of?.state !== "sending" || of.upload === undefined) {
    return null;
  }
  const { file, files, sent, total } = of.upload;
  const percent = total > 0 ? ` ${Math.round((100 * sent) / total)}%` : "";
  return (
    <Text kind="small" color="soft" accessibilityLiveRegion="polite">
      {`사진 올리는 중 ${file + 1}/${files}${percent}`}
    </Text>
  );
}
