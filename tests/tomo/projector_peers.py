"""Sums along rays beside those of ASTRA's linear projector (Joseph's) on the same random images and angles.

    projector_peers.py PROGRAM

Exit code 77: there is no ASTRA here.
"""

import subprocess
import sys

import numpy

try:
    import astra
except ImportError as error:
    print("skipped:", error)
    sys.exit(77)

# ASTRA works in single precision, places of rays included: it is off by some 1e-5 of the largest sum here and there. Most
# sums are much closer.
LARGEST = 1e-4
MEDIAN = 5e-6


def by_astra(image, angles, translations):
    rays = astra.create_proj_geom("parallel", 1.0, translations, angles)
    volume = astra.create_vol_geom(*image.shape)
    projector = astra.create_projector("linear", rays, volume)
    identifier, sinogram = astra.create_sino(image, projector)
    astra.data2d.delete(identifier)
    astra.projector.delete(projector)
    return sinogram.astype(float)


def by_program(program, backend, image, angles, translations):
    given = numpy.concatenate([angles, image.ravel()]).astype(numpy.float64).tobytes()
    command = [program, backend, str(len(angles)), str(translations), str(len(image))]
    sums = subprocess.run(command, input=given, stdout=subprocess.PIPE, check=True).stdout
    return numpy.frombuffer(sums).reshape(len(angles), translations)


def main(program):
    random = numpy.random.default_rng(1)
    failed = False
    for size, translations in [(17, 17), (64, 64), (65, 90), (100, 61), (31, 60)]:
        image = random.random((size, size)).astype(numpy.float32)
        angles = random.uniform(-4, 4, 40)
        expected = by_astra(image, angles, translations)
        for backend in ["reference", "cpu"]:
            got = by_program(program, backend, image, angles, translations)
            off = numpy.abs(got - expected) / expected.max()
            print(f"{backend}: {size}^2 pixels, {translations} translations: off by {off.max():.2e} of the largest sum "
                  f"at most, by {numpy.median(off):.2e} in the median")
            failed |= not (off.max() <= LARGEST and numpy.median(off) <= MEDIAN)
    sys.exit("deviations are larger than single precision explains" if failed else 0)


main(*sys.argv[1:])
