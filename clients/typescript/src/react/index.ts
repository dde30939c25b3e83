/**
 * Hooks for React and React Native.
 *
 * - `ClubProvider` starts the club and provides it to the hooks below it.
 * - `useSession`, `useMe`, `useProfile`, `usePermission`: who is signed in and what they may do.
 * - `useConnection`, `useOutbox`, `useOutboxActions`: the connection and what waits for it.
 * - `useRooms`, `useRoom`, `useMessages`, `useTyping`, `useGames`, `useGame`, `useMembers`, `useNotifications`, `usePresence`,
 *   `useOnline`: what the server keeps up to date.
 * - `useAlbums`, `useAlbumPhotos`, `useSync`, `useUpload`: the Band's albums, its syncs, and pictures that are uploaded.
 * - `useClubEvent`: what happens, such as a new post.
 * - `useReadable`, `useSelected`: any other Readable, or a part of one.
 *
 * A component renders again only when what its hooks return has changed. Lists and items keep their identity until they change,
 * and actions keep theirs for good, so that they can be props of memoized components and dependencies of effects. Where an action
 * returns a promise, that never rejects: `error` says why it failed. Only the actions of useSession reject.
 */
export { ClubProvider, useClient, useClub } from "./provider.js";
export type { ClubProviderProps } from "./provider.js";
export type { Loadable, Older } from "./loading.js";
export { useConnection, useMe, useOnline, usePermission, usePresence, useSession, useUserId } from "./session.js";
export type { ConnectionHook, SessionHook } from "./session.js";
export type { Permission } from "./permission.js";
export { useMessages, useRoom, useRooms, useTyping } from "./rooms.js";
export type { MessagesHook, MessagesOptions, RoomHook, RoomsHook, TypingHook } from "./rooms.js";
export { useGame, useGames } from "./games.js";
export type { GameHook, GamesHook } from "./games.js";
export { useMembers } from "./members.js";
export type { MembersHook } from "./members.js";
export { useProfile } from "./profile.js";
export type { ProfileHook } from "./profile.js";
export { useNotifications } from "./notifications.js";
export type { NotificationsHook } from "./notifications.js";
export { useAlbumPhotos, useAlbums, useSync, useUpload } from "./photos.js";
export type { AlbumPhotosHook, AlbumsHook, SyncHook, UploadHook } from "./photos.js";
export { useOutbox, useOutboxActions } from "./outbox.js";
export type { OutboxActions, OutboxHook } from "./outbox.js";
export { useClubEvent } from "./events.js";
export { useReadable, useSelected } from "./readable.js";
