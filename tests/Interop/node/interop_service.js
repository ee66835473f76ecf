'use strict';
// The interop service's definition, from the .proto files.

const path = require('path');
const grpc = require('@grpc/grpc-js');
const loader = require('@grpc/proto-loader');

exports.grpc = grpc;
exports.zeros = (size) => ({ body: Buffer.alloc(size) });
exports.definition = (protos) =>
  loader.loadSync(path.join(protos, 'grpc/testing/test.proto'), { keepCase: true, includeDirs: [protos], defaults: true });
exports.load = (protos) => grpc.loadPackageDefinition(exports.definition(protos)).grpc.testing;
