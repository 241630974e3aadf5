"""Neural networks from the inside, in NumPy, written to be read in class. One phrase per file:

dice         chance that can be repeated, the same in Python and in the browser
data         points in the plane to learn from: circle, xor, gaussians, spiral, moons; and two for regression
features     what the network is shown of a point: x1, x2, their squares, product and sines
perceptron   Rosenblatt's rule: move the line only when it errs
activations  what a unit does with its sum, and the slope of that
initial      the weights before the first step
network      forward and backward through layers: the chain rule, and nothing else
losses       how wrong an answer is, and in which direction to mend it
penalties    large weights cost something: L1 and L2
optimizers   what to do with a gradient: SGD, momentum, Adam
training     epochs, batches, curves
differences  the gradient again, by wiggling one weight at a time
parity       the same network in Keras: same loss, same gradient, same step
proofs       differences and parity for every loss and activation, a line each
experiment   the settings of one trial: from the data's name to the curve
play         the playground in `playground/`, served to a browser on this machine

Arrays are float64; a row is an example, so a batch is (n_examples, n_features).
"""
