import { connect, createServer } from "node:net";
import type { AddressInfo, Server, Socket } from "node:net";

/** A network between client and server that can be as bad as one likes. */
export class Chaos {
  /** How many connections were cut. */
  cuts = 0;
  /** After how many bytes of answers the next connection is cut; undefined for never. */
  cutAfter: (() => number) | undefined;
  /** How long bytes take, in milliseconds. */
  delayMs = 0;
  private silent = false;
  private readonly pairs = new Set<[Socket, Socket]>();

  private constructor(
    private readonly server: Server,
    /** The address to go through it. */
    readonly url: string,
  ) {}

  static async start(port: number): Promise<Chaos> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const chaos = new Chaos(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    server.on("connection", (client) => chaos.carry(client, connect(port, "127.0.0.1")));
    return chaos;
  }

  /** How many connections are open. */
  get open(): number {
    return this.pairs.size;
  }

  /** Cuts all that are open. */
  cut(): void {
    this.pairs.forEach((pair) => this.end(pair));
  }

  /** Swallows everything from now on, without a word; false ends that, for new connections. */
  blackHole(silent: boolean): void {
    this.silent = silent;
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private carry(client: Socket, server: Socket): void {
    const pair: [Socket, Socket] = [client, server];
    this.pairs.add(pair);
    const over = () => {
      this.pairs.delete(pair);
      client.destroy();
      server.destroy();
    };
    for (const socket of pair) {
      socket.setNoDelay(true);
      socket.on("error", over);
      socket.on("close", over);
    }
    let left = this.cutAfter?.() ?? Infinity;
    let lost = false;
    /** Passes bytes on, late where that is asked for; what was swallowed before makes all that follows worthless. */
    const pass = (to: Socket, bytes: Buffer, done = () => {}) => {
      lost ||= this.silent;
      if (lost) {
        return;
      }
      const write = () => {
        if (!to.destroyed) {
          to.write(bytes, done);
        }
      };
      if (this.delayMs > 0) {
        setTimeout(write, this.delayMs);
      } else {
        write();
      }
    };
    client.on("data", (bytes) => pass(server, bytes));
    server.on("data", (bytes) => {
      if (bytes.length < left) {
        left -= bytes.length;
        pass(client, bytes);
      } else {
        // In the middle of whatever it is.
        pass(client, bytes.subarray(0, left), () => this.end(pair));
        left = Infinity;
        server.removeAllListeners("data");
      }
    });
  }

  private end(pair: [Socket, Socket]): void {
    if (this.pairs.delete(pair)) {
      this.cuts++;
      pair.forEach((socket) => socket.destroy());
    }
  }
}
