"""Convolution by columns of patches, pooling, and their gradients; FFT; images cut up."""

import numpy as np


def im2col(x, k, stride=1, pad=0):
    n, c, h, w = x.shape
    x = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    oh = (h + 2 * pad - k) // stride + 1
    ow = (w + 2 * pad - k) // stride + 1
    cols = np.empty((n, c, k, k, oh, ow))
    for i in range(k):
        for j in range(k):
            cols[:, :, i, j] = x[:, :, i : i + stride * oh : stride, j : j + stride * ow : stride]
    return cols.transpose(0, 4, 5, 1, 2, 3).reshape(n * oh * ow, -1), (oh, ow)


def col2im(cols, shape, k, stride=1, pad=0):
    n, c, h, w = shape
    oh = (h + 2 * pad - k) // stride + 1
    ow = (w + 2 * pad - k) // stride + 1
    cols = cols.reshape(n, oh, ow, c, k, k).transpose(0, 3, 4, 5, 1, 2)
    out = np.zeros((n, c, h + 2 * pad, w + 2 * pad))
    for i in range(k):
        for j in range(k):
            out[:, :, i : i + stride * oh : stride, j : j + stride * ow : stride] += cols[
                :, :, i, j
            ]
    return out[:, :, pad : h + pad, pad : w + pad] if pad else out


class Conv:
    def __init__(self, c_in, c_out, k, stride=1, pad=0):
        self.k, self.stride, self.pad = k, stride, pad
        self.W = np.random.randn(c_out, c_in, k, k) * 0.1
        self.b = np.zeros((c_out, 1))

    def forward(self, x):
        self.shape = x.shape
        self.cols, (oh, ow) = im2col(x, self.k, self.stride, self.pad)
        flat = self.W.reshape(len(self.W), -1)
        out = self.cols @ flat.T + self.b.T
        return out.reshape(len(x), oh, ow, -1).transpose(0, 3, 1, 2)

    def backward(self, grad):
        flat = grad.transpose(0, 2, 3, 1).reshape(-1, len(self.W))
        self.dW = (flat.T @ self.cols).reshape(self.W.shape)
        self.db = flat.sum(axis=0)[:, None]
        return col2im(
            flat @ self.W.reshape(len(self.W), -1), self.shape, self.k, self.stride, self.pad
        )


class MaxPool:
    def __init__(self, k):
        self.k = k

    def forward(self, x):
        n, c, h, w = x.shape
        k = self.k
        self.windows = x.reshape(n, c, h // k, k, w // k, k)
        out = self.windows.max(axis=(3, 5))
        self.mask = self.windows == out[:, :, :, None, :, None]
        return out

    def backward(self, grad):
        spread = self.mask * grad[:, :, :, None, :, None]
        n, c, h, _, w, _ = spread.shape
        return spread.reshape(n, c, h * self.k, w * self.k)


class Flatten:
    def forward(self, x):
        self.shape = x.shape
        return x.reshape(x.shape[0], -1)

    def backward(self, grad):
        return grad.reshape(self.shape)


def spectrum(image):
    f = np.fft.fftshift(np.fft.fft2(image))
    power = np.abs(f) ** 2
    half = np.fft.rfft(image, axis=-1)
    return np.log1p(power), np.fft.irfft(half, n=image.shape[-1]), half


def tiles(image, size):
    rows = np.split(image, image.shape[0] // size, axis=0)
    return np.stack([np.hsplit(row, row.shape[1] // size) for row in rows])


layers = [Conv(3, 4, 3, pad=1), MaxPool(2), Conv(4, 6, 3, stride=2), Flatten()]
x = np.random.rand(2, 3, 12, 12)
for layer in layers:
    x = layer.forward(x)
grad = np.ones_like(x)
for layer in layers[::-1]:
    grad = layer.backward(grad)
logs, back, half = spectrum(np.random.rand(16, 10))
cut = tiles(np.arange(64.0).reshape(8, 8), 4)
view = np.lib.stride_tricks.sliding_window_view(np.arange(20), 5)
grid_y, grid_x = np.meshgrid(np.linspace(-1, 1, 5), np.linspace(-1, 1, 7), indexing="ij")
blur = np.exp(-(grid_y**2 + grid_x**2))
kernel = blur / blur.sum()
print(x.shape, grad.shape, logs.max(), back.shape, half.shape, cut[1, 0], view.mean(axis=1), kernel)
