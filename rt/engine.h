/* placeholder guard so that configure finds the source tree; replaced with the engine */
