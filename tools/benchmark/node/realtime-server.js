// The gateway on the Node server of Socket.IO: what tools/bench realtime compares with. Prints the port it listens on.
import { createServer } from 'node:http';
import { Server } from 'socket.io';

const http = createServer();
const server = new Server(http);
server.on('connection', (socket) => {
  socket.on('message', (message) => server.emit('message', { clientId: socket.id, message }));
  socket.on('join-room', (room) => {
    socket.join(room);
    server.to(room).emit('user-joined', { clientId: socket.id, room });
  });
});
http.listen(0, '127.0.0.1', () => console.log(`listening on http://127.0.0.1:${http.address().port}`));
