import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { temporaryDirectory } from './program.mjs';

function openssl(directory, ...args) {
  execFileSync('openssl', args, { cwd: directory, stdio: ['ignore', 'pipe', 'pipe'] });
}

/** A certificate authority of the test's own, and servers it vouches for: files and what clients need. */
export class Authority {
  constructor(t) {
    this.directory = temporaryDirectory(t);
    openssl(this.directory, 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2',
      '-subj', '/CN=test authority', '-keyout', 'ca.key', '-out', 'ca.pem');
    this.file = path.join(this.directory, 'ca.pem');
    this.pem = fs.readFileSync(this.file);
  }

  /** {certificate, key}: the PEM texts of a new server, the chain included. */
  issue() {
    fs.writeFileSync(path.join(this.directory, 'names'), 'subjectAltName=DNS:localhost,IP:127.0.0.1\n');
    openssl(this.directory, 'req', '-new', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes',
      '-subj', '/CN=localhost', '-keyout', 'server.key', '-out', 'server.csr');
    openssl(this.directory, 'x509', '-req', '-in', 'server.csr', '-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial',
      '-days', '2', '-extfile', 'names', '-out', 'server.pem');
    const read = (name) => fs.readFileSync(path.join(this.directory, name), 'utf8');
    return { certificate: read('server.pem') + read('ca.pem'), key: read('server.key') };
  }

  /** Writes what the daemon is configured with. */
  install({ certificate, key }) {
    fs.writeFileSync(path.join(this.directory, 'live.pem'), certificate);
    fs.writeFileSync(path.join(this.directory, 'live.key'), key);
  }

  get settings() {
    return { TLS_CERTIFICATE_FILE: path.join(this.directory, 'live.pem'), TLS_KEY_FILE: path.join(this.directory, 'live.key') };
  }
}
