// First: in the background, Android runs this file and renders nothing.
import "./src/badge";
import "expo-router/entry";
