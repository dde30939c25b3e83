// The pages of this folder, which are loaded at once: the names of fewer files are part of the first load.
export { MePage } from "./MePage";
export { SessionsPage } from "./SessionsPage";
