import { useReadable, useSession } from "@dongbaejul/client/react";
import { Redirect } from "expo-router";
import { View } from "react-native";
import { app } from "../club";
import { Loading } from "../ui/State";
import { useTheme } from "../ui/theme";

/** Where Band leads back to. The sign-in is completed by the link itself; this only waits for it. */
export default function Auth() {
  const theme = useTheme();
  const { status } = useSession();
  const { isSigningIn } = useReadable(app.signInState);
  if (status === "signed_in") {
    return <Redirect href="/" />;
  }
  if (status === "signed_out" && !isSigningIn) {
    return <Redirect href="/sign-in" />;
  }
  return (
    <View style={{ flex: 1, justifyContent: "center", backgroundColor: theme.ground }}>
      <Loading />
    </View>
  );
}
