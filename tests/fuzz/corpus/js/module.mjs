import x, { y } from "y";
import "side";
export const handler = async (event) => { }, z = 3;
export default function (a) {}
export { y as why, x as default2 } from "w";
export { k as kk };
async function k(e, c) {}
export * from "star"
export * as ns from "ns"
export const { p, q: { r = 1 }, ...s } = {}
export async function* gen() {}
export class C {}
