/** What a role may allow, as the server names it. A newer server may have others. */
export type Permission =
  /** Pin posts and write notices. */
  | "posts.pin"
  /** Change and delete others' posts and comments. */
  | "posts.moderate"
  /** Change, start and end others' games, and manage the courts. */
  | "games.manage"
  /** Delete others' messages and remove members from groups. */
  | "chat.moderate"
  /** Create a room for all members. */
  | "chat.create_global"
  /** Notify all members. */
  | "notifications.broadcast"
  /** Change members' roles, skill and status. */
  | "members.manage"
  /** Read the Naver Band again. */
  | "band.sync";
