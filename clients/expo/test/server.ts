import { createReadStream, existsSync, statSync } from "node:fs";
import { createServer, request } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";

const types: Readonly<Record<string, string>> = {
  ".css": "text/css",
  ".html": "text/html; charset=utf-8",
  ".ico": "image/x-icon",
  ".js": "text/javascript",
  ".json": "application/json",
  ".png": "image/png",
  ".ttf": "font/ttf",
};

export interface Site {
  readonly url: string;
  /** Cuts all connections, and takes no more until it is called with false. */
  cut(isCut: boolean): void;
  stop(): Promise<void>;
}

/** Serves an exported app, and passes its calls on to the club's server: what a reverse proxy does for both. Pictures go to the server itself. */
export async function serveApp(folder: string, serverUrl: () => string): Promise<Site> {
  let isCut = false;
  const site: Server = createServer((req, res) => {
    const path = new URL(req.url ?? "/", "http://localhost").pathname;
    if (/^\/dongbaejul\.v\d+\./.test(path)) {
      if (isCut) {
        req.socket.destroy();
      } else {
        pass(req, res, serverUrl());
      }
      return;
    }
    const file = join(folder, normalize(decodeURIComponent(path)));
    const found = file.startsWith(folder) && existsSync(file) && statSync(file).isFile() ? file : join(folder, "index.html");
    res.setHeader("Content-Type", types[extname(found)] ?? "application/octet-stream");
    createReadStream(found).pipe(res);
  });
  await new Promise<void>((resolve) => site.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://localhost:${(site.address() as AddressInfo).port}`,
    cut(now) {
      isCut = now;
      if (now) {
        site.closeAllConnections();
      }
    },
    async stop() {
      const closed = new Promise((resolve) => site.close(resolve));
      site.closeAllConnections();
      await closed;
    },
  };
}

function pass(req: IncomingMessage, res: ServerResponse, serverUrl: string): void {
  const { method, headers, url = "/" } = req;
  const onward = request(new URL(url, serverUrl), { method, headers: { ...headers, host: new URL(serverUrl).host } }, (answer) => {
    res.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(res);
    // Without it the first event of a stream would wait for the second.
    res.flushHeaders();
  });
  onward.on("error", () => res.destroy());
  res.on("close", () => onward.destroy());
  req.pipe(onward);
}
