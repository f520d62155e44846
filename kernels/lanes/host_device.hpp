#pragma once
/// \file Functions that run on processors and on devices with lanes alike.

#ifdef __CUDACC__
#define XRDCT_HOST_DEVICE __host__ __device__
#else
#define XRDCT_HOST_DEVICE
#endif
