import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Client } from "../../src/index.js";
import { until } from "./wait.js";

/** The program under test. */
const program = process.env["DONGBAEJUL_SERVER"];

export interface Member {
  readonly user_key: string;
  readonly name: string;
  readonly role: "leader" | "coleader" | "member";
}

/** The real server, as a process of its own. */
export class Server {
  private process: ChildProcess | undefined;
  private log = "";

  private constructor(
    readonly port: number,
    private readonly folder: string,
    private readonly environment: Record<string, string>,
  ) {}

  /** Starts a server on a fresh folder; `environment` is added to its own. */
  static async start(environment: Record<string, string> = {}): Promise<Server> {
    if (program === undefined) {
      throw new Error("DONGBAEJUL_SERVER must be the path of the server's program: use `make test-typescript`");
    }
    // In memory where there is such a folder: what is tested is not how long a busy disk takes.
    const folder = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();
    const server = new Server(await freePort(), await mkdtemp(join(folder, "dongbaejul-")), environment);
    await server.run();
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Starts the process, on the data of the one before. */
  async run(): Promise<void> {
    const child = spawn(program ?? "", [], {
      cwd: this.folder,
      env: {
        PATH: process.env["PATH"],
        APP_ENV: "development",
        PORT: String(this.port),
        DATA_DIR: join(this.folder, "data"),
        RATE_LIMIT: "off",
        LOG_LEVEL: "info",
        STREAM_HEARTBEAT: "1s",
        BAND_SYNC_INTERVAL: "0s",
        ...this.environment,
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    child.stdout.on("data", (text: Buffer) => (this.log += text.toString()));
    child.stderr.on("data", (text: Buffer) => (this.log += text.toString()));
    this.process = child;
    const ended = new Promise<never>((_, reject) => {
      child.once("exit", (code) => reject(new Error(`the server has ended with ${code}:\n${this.log}`)));
    });
    const answers = until(
      "the server to answer",
      async () => (await fetch(`${this.url}/health`).catch(() => undefined))?.ok === true,
      60_000,
    );
    await Promise.race([answers, ended]);
    ended.catch(() => undefined);
  }

  /** Kills the process at once. */
  async kill(): Promise<void> {
    await this.end("SIGKILL");
  }

  /** Tells the process to end, and waits for that. */
  async shutdown(): Promise<void> {
    await this.end("SIGTERM");
  }

  /** Ends it, and returns how many streams were open then: the server tells each that it goes, and logs that. */
  async stop(): Promise<{ openStreams: number }> {
    await this.quiet();
    const before = this.shutStreams();
    await this.end("SIGTERM");
    await rm(this.folder, { recursive: true, force: true });
    return { openStreams: this.shutStreams() - before };
  }

  /** Waits until the server has noticed who has gone: it logs the end of every call. */
  private async quiet(): Promise<void> {
    for (let before = -1; before !== this.log.length; await delay(1_000)) {
      before = this.log.length;
    }
  }

  private shutStreams(): number {
    return this.log.split("\n").filter((line) => line.includes("EventService/Subscribe") && line.includes("SERVER_SHUTDOWN")).length;
  }

  /** How many calls of a procedure have ended, by its name. */
  calls(procedure: string): number {
    return this.log.split("\n").filter((line) => line.includes(procedure) && line.includes("msg=call")).length;
  }

  /** How often something was pushed to a user's devices. */
  pushes(userId: string): number {
    return this.log.split("\n").filter((line) => line.includes("msg=push ") && line.includes(`user_id=${userId}`)).length;
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    const child = this.process;
    this.process = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) {
      return;
    }
    const over = new Promise((resolve) => child.once("exit", resolve));
    child.kill(signal);
    await over;
  }

  async members(): Promise<Member[]> {
    const { members } = (await (await fetch(`${this.url}/bandsim/members`)).json()) as { members: Member[] };
    return members;
  }

  /** Signs a client in as a member of the simulated Band, as a browser would. */
  async signIn(client: Client, who: Member | undefined): Promise<string> {
    if (who === undefined) {
      throw new Error("the simulator has no such member");
    }
    const { authUrl } = await client.session.startSignIn("dongbaejul://auth");
    const consent = await fetch(`${authUrl}&user_key=${who.user_key}`, { redirect: "manual" });
    const { user } = await client.session.completeSignIn(consent.headers.get("Location") ?? "");
    return user.id;
  }
}

export async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}
