// Text to video with an exported model, outside .NET: node scripts/sample-onnx.mjs FOLDER TOKENS NOISE OUT
// TOKENS: word numbers, comma-separated; NOISE: raw float32 [C, T', h, w]; OUT: raw RGB frames [T, H, W, 3].
import { readFileSync, writeFileSync } from "node:fs";
import { InferenceSession, Tensor } from "onnxruntime-node";

const [folder, words, noiseFile, out, steps = 8] = process.argv.slice(2);
const { model, latent_channels: C, alphas_cumprod: alphas } = JSON.parse(readFileSync(`${folder}/onnx_index.json`));
const run = async (part, inputs) => (await InferenceSession.create(`${folder}/${part}.onnx`)).run(inputs);
const int64 = list => BigInt64Array.from(list, BigInt);
const [T, h, w] = [(model.frames - 1) / 4 + 1, model.height / 8, model.width / 8], volume = T * h * w;

const tokens = words.split(",");
const { text } = await run("caption_encoder", { tokens: new Tensor("int64", int64(tokens), [1, tokens.length]) });
const grey = new Float32Array(3 * model.frames * model.height * model.width).fill(128 / 127.5 - 1); // nothing is given
const still = await run("vae_encoder", { video: new Tensor("float32", grey, [1, 3, model.frames, model.height, model.width]) });
const guide = new Float32Array((4 + C) * volume);
guide.set(still.latent.data, 4 * volume); // after four channels of an empty mask

let x = new Float32Array(readFileSync(noiseFile).buffer.slice(0, 4 * C * volume));
const transformer = await InferenceSession.create(`${folder}/transformer.onnx`);
for (let i = 0; i < steps; i++) { // DDIM (Song et al. 2020, eq. 12)
  const time = k => Math.round(1000 - k * 1000 / steps) - 1, at = i + 1 < steps ? alphas[time(i + 1)] : 1, now = alphas[time(i)];
  const { velocity } = await transformer.run({ latent: new Tensor("float32", x, [1, C, T, h, w]), guide: new Tensor("float32", guide, [1, 4 + C, T, h, w]), text, timestep: new Tensor("int64", int64([time(i)]), [1]) });
  const [a, s, next, keep] = [Math.sqrt(now), Math.sqrt(1 - now), Math.sqrt(at), Math.sqrt((1 - at) / (1 - now))];
  x = x.map((value, k) => value * keep + (value * a - velocity.data[k] * s) * (next - a * keep));
}
const { video } = await run("vae_decoder", { latent: new Tensor("float32", x, [1, C, T, h, w]) });
const pixels = video.data.length / 3;
writeFileSync(out, Uint8Array.from(video.data, (_, i) => Math.round((video.data[(i % 3) * pixels + Math.floor(i / 3)] + 1) * 127.5)));
