export type { Permission } from "../permissions.js";
