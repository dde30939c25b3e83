// What is used of the optional peers, so that the package compiles without them. clients/expo checks the same sources against the
// real ones.
declare module "@react-native-async-storage/async-storage" {
  const AsyncStorage: import("../index.js").KeyValueStorage;
  export default AsyncStorage;
}
declare module "@react-native-community/netinfo" {
  const NetInfo: import("./modules.js").NetInfo;
  export default NetInfo;
}
declare module "expo-linking" {
  export const { createURL, getInitialURL, addEventListener }: import("./modules.js").Linking;
}
declare module "expo-secure-store" {
  export const { AFTER_FIRST_UNLOCK, getItemAsync, setItemAsync, deleteItemAsync }: import("./modules.js").SecureStore;
}
declare module "expo-web-browser" {
  export const { openAuthSessionAsync }: import("./modules.js").WebBrowser;
}
declare module "expo/fetch" {
  export const fetch: import("../index.js").Fetch;
}
declare module "react-native" {
  export const AppState: import("./modules.js").AppState;
  export const Platform: import("./firebase/push.js").FirebaseModules["platform"];
  export const PermissionsAndroid: import("./firebase/push.js").FirebaseModules["permissions"];
}
declare module "@react-native-firebase/messaging" {
  type Messaging = import("./firebase/push.js").FirebaseModules<object>["messaging"];
  export const getMessaging: Messaging["getMessaging"];
  export const getToken: Messaging["getToken"];
  export const deleteToken: Messaging["deleteToken"];
  export const hasPermission: Messaging["hasPermission"];
  export const requestPermission: Messaging["requestPermission"];
  export const onTokenRefresh: Messaging["onTokenRefresh"];
  export const onNotificationOpenedApp: Messaging["onNotificationOpenedApp"];
  export const getInitialNotification: Messaging["getInitialNotification"];
  export const onMessage: Messaging["onMessage"];
  export const setBackgroundMessageHandler: Messaging["setBackgroundMessageHandler"];
}
