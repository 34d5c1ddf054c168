import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { UserError } from '../../../src/errors.js';
import { findAdapter } from '../../../src/backends/gpujs/webgpu.js';

const chromium = '/usr/lib/chromium';
/** glibc: the library stays loaded when its handle is closed. */
const noDelete = 0x1000;

/**
 * Lets a machine without a GPU run WebGPU tests: SwiftShader, a Vulkan driver in software, and the Vulkan loader come with
 * Debian's package chromium. Does nothing where a driver is chosen already. To be called before WebGPU starts in this process.
 */
function provideSoftwareAdapter(): void {
  const driver = `${chromium}/vk_swiftshader_icd.json`;
  if (process.env.VK_ICD_FILENAMES !== undefined || !existsSync(driver)) return;
  process.env.VK_ICD_FILENAMES = driver;
  try {
    // The loader's folder is on no search path; once loaded it is found by its name. It is no Node addon, which is the error.
    process.dlopen({ exports: {} }, `${chromium}/libvulkan.so.1`, constants.dlopen.RTLD_NOW | noDelete);
  } catch {
    return;
  }
}

/** Why WebGPU cannot be tested here, or `undefined` where it can. With NN_REQUIRE_WEBGPU=1 its absence is an error. */
export async function whyNoWebGpu(): Promise<string | undefined> {
  provideSoftwareAdapter();
  try {
    await findAdapter();
    return undefined;
  } catch (error) {
    if (!(error instanceof UserError) || process.env.NN_REQUIRE_WEBGPU === '1') throw error;
    return error.message;
  }
}
