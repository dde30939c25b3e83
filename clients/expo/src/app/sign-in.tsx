import { useReadable, useSession } from "@dongbaejul/client/react";
import { View } from "react-native";
import { useSafeAreaInsets } from "react-native-safe-area-context";
import { app } from "../club";
import { Button } from "../ui/Button";
import { Problem } from "../ui/State";
import { Text } from "../ui/Text";
import { useTheme } from "../ui/theme";

export default function SignIn() {
  const theme = useTheme();
  const insets = useSafeAreaInsets();
  const session = useSession();
  const { isSigningIn, fault } = useReadable(app.signInState);
  const ended = session.status === "signed_out" ? session.fault : undefined;
  return (
    <View style={{ flex: 1, backgroundColor: theme.ground, padding: 24, paddingTop: insets.top + 24, paddingBottom: insets.bottom + 24 }}>
      <View style={{ flex: 1, width: "100%", maxWidth: 480, alignSelf: "center" }}>
        <View style={{ flex: 1, alignItems: "center", justifyContent: "center", gap: 12 }}>
          <Text style={{ fontSize: 64, lineHeight: 80 }} accessibilityElementsHidden>
            🏸
          </Text>
          <Text bold style={{ fontSize: 34, lineHeight: 46 }} accessibilityRole="header">
            동배즐
          </Text>
          <Text color="soft" style={{ textAlign: "center" }}>
            {"동탄 배드민턴을 즐기는 사람들\n경기와 코트, 채팅과 공지를 한곳에서"}
          </Text>
        </View>
        <View style={{ gap: 14 }}>
          <Problem fault={fault ?? ended} />
          <Button look="primary" title="네이버 밴드로 로그인" busy={isSigningIn} onPress={() => void app.signIn()} />
          <Text kind="small" color="soft" style={{ textAlign: "center" }}>
            동배즐 밴드에 가입한 회원만 쓸 수 있어요.
          </Text>
        </View>
      </View>
    </View>
  );
}
