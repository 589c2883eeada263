// Stands in for the hub and for students' servers: says what reached it.
import { createHash } from "node:crypto";
import { createServer } from "node:http";

const server = createServer((request, response) => {
  let bytes = 0;
  request.on("data", (chunk) => (bytes += chunk.length));
  request.on("end", () => {
    const { method, url, headers } = request;
    if (url.includes("/events")) {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write("data: first\n\n");
      setTimeout(() => response.end("data: last\n\n"), 3000);
      return;
    }
    response.writeHead(200, {
      "content-type": "application/json",
      "x-content-type-options": "nosniff",
      "x-frame-options": "DENY",
    });
    response.end(JSON.stringify({ from: "upstream", method, url, headers, bytes }));
  });
});

// A websocket that sends every short frame back, unmasked.
server.on("upgrade", (request, socket) => {
  const accept = createHash("sha1")
    .update(`${request.headers["sec-websocket-key"]}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
    .digest("base64");
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
  );
  socket.on("error", () => socket.destroy());
  socket.on("data", (frame) => {
    const length = frame[1] & 0x7f;
    const mask = frame.subarray(2, 6);
    const text = frame.subarray(6, 6 + length).map((byte, index) => byte ^ mask[index % 4]);
    socket.write(Buffer.concat([Buffer.from([0x81, length]), text]));
  });
});

server.requestTimeout = 0;
server.listen(8082, "0.0.0.0");
process.on("SIGTERM", () => process.exit(0));
