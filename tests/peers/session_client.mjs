// session_client.mjs WS-URL COUNT: follows a node's sessions by npm's ws, from the directory that
// CARILLON_NPM_DIR names. Prints "live", then the positions of COUNT events as a line of JSON; drops
// the connection every 20 events and resumes.
import { createRequire } from 'node:module';

const require = createRequire(`${process.env.CARILLON_NPM_DIR}/`);
const WebSocket = require('ws');

const [url, wanted] = [process.argv[2], Number(process.argv[3])];
const seqs = [];
let position = null;

function connect() {
  const socket = new WebSocket(position === null ? url : `${url}&since=${position}`, ['carillon.v1']);
  const until = Math.min(wanted, seqs.length + 20);
  socket.on('open', () => {
    if (socket.protocol !== 'carillon.v1') throw new Error('no protocol');
    socket.ping('are you there');
  });
  socket.on('message', (data, isBinary) => {
    if (isBinary) throw new Error('binary');
    const message = JSON.parse(data);
    if (message.op === 'hello' && position === null) {
      position = message.head;
      console.log('live');
    }
    if (message.op !== 'event' || seqs.length >= until) return;
    seqs.push(message.seq);
    position = message.seq;
    if (seqs.length === until) socket.terminate();
  });
  socket.on('error', (error) => { throw error; });
  socket.on('close', () => {
    if (seqs.length < wanted) connect();
    else console.log(JSON.stringify(seqs));
  });
}

connect();
