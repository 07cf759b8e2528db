import { createInterface } from "node:readline";
import { loadLoroHere } from "./loro";
import { type Command, Replicas } from "./replicas";

loadLoroHere(process.argv[2]);
let replicas = new Replicas();
for await (const line of createInterface({ input: process.stdin })) {
  const command = JSON.parse(line) as Command | { do: "reset" };
  if (command.do === "reset") replicas = new Replicas();
  const answer = command.do === "reset" ? {} : replicas.run(command);
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
