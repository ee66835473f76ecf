'use strict';
// The interop service on @grpc/grpc-js, with server reflection. Prints its port; ends with its stdin.
// usage: interop_server.js PROTOS

const { ReflectionService } = require('@grpc/reflection');
const { definition, grpc, load, zeros } = require('./interop_service');

const INITIAL = 'x-grpc-test-echo-initial';
const TRAILING = 'x-grpc-test-echo-trailing-bin';

function echoMetadata(call) {
  const initial = call.metadata.get(INITIAL);
  if (initial.length > 0) {
    const headers = new grpc.Metadata();
    headers.set(INITIAL, initial[0]);
    call.sendMetadata(headers);
  }
  const trailers = new grpc.Metadata();
  const trailing = call.metadata.get(TRAILING);
  if (trailing.length > 0) {
    trailers.set(TRAILING, trailing[0]);
  }
  return trailers;
}

function statusOf(request) {
  const status = request.response_status;
  return status && status.code !== 0 ? { code: status.code, details: status.message } : null;
}

function respond(call, request) {
  const status = statusOf(request);
  if (status) {
    call.emit('error', status);
    return;
  }
  for (const parameters of request.response_parameters) {
    call.write({ payload: zeros(parameters.size) });
  }
}

const { TestService } = load(process.argv[2]);
const server = new grpc.Server();
server.addService(TestService.service, {
  EmptyCall: (call, done) => done(null, {}),
  UnaryCall: (call, done) => {
    const trailers = echoMetadata(call);
    const status = statusOf(call.request);
    done(status, status ? null : { payload: zeros(call.request.response_size) }, trailers);
  },
  StreamingInputCall: (call, done) => {
    let size = 0;
    call.on('data', (request) => { size += request.payload.body.length; });
    call.on('end', () => done(null, { aggregated_payload_size: size }));
    call.on('error', () => {});
  },
  StreamingOutputCall: (call) => {
    respond(call, call.request);
    call.end();
  },
  FullDuplexCall: (call) => {
    const trailers = echoMetadata(call);
    call.on('data', (request) => respond(call, request));
    call.on('end', () => call.end(trailers));
    call.on('error', () => {});
  },
});
new ReflectionService(definition(process.argv[2])).addToServer(server);
server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, port) => {
  if (error) {
    throw error;
  }
  console.log(port);
});
process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
