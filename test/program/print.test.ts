import { describe, expect, it } from 'vitest';
import { evaluationProgram, fitModel, trainingProgram } from '../../src/graph/programs.js';
import { printProgram } from '../../src/program/print.js';
import { dataOf, experiment } from '../graph/experiment.js';

const model = fitModel(
  experiment(
    [
      { type: 'dense', units: 3, activation: 'relu' },
      { type: 'dropout', rate: 0.5 },
      { type: 'dense', units: 2 },
    ],
    { optimizer: { type: 'sgd', momentum: 0.5 }, metrics: ['accuracy'] },
  ),
  dataOf([4], 2),
);

describe('printProgram', () => {
  it('shows a whole training step', () => {
    expect(printProgram(trainingProgram(model, 8))).toMatchInlineSnapshot(`
      "input $input [8, 4]
      input $target [8]
      input $random/dropout_1/0 []
      input $random/dropout_1/1 []
      input $optimizer/learning_rate []
      state @dense_1/kernel [4, 3]
      state @dense_1/bias [3]
      state @dense_2/kernel [3, 2]
      state @dense_2/bias [2]
      state @dense_1/kernel/momentum [4, 3]
      state @dense_1/bias/momentum [3]
      state @dense_2/kernel/momentum [3, 2]
      state @dense_2/bias/momentum [2]
      %3 = matmul($input, @dense_1/kernel) [8, 3]  # dense_1, forward
      %6 = maximum(add(%3, @dense_1/bias), 0) [8, 3]  # dense_1, forward
      %10 = multiply(greater_equal(random_uniform(element, $random/dropout_1/0, $random/dropout_1/1), 0.5), 2) [8, 3]  # dropout_1, forward
      %11 = multiply(%6, %10) [8, 3]  # dropout_1, forward
      %13 = matmul(%11, @dense_2/kernel) [8, 2]  # dense_2, forward
      %15 = add(%13, @dense_2/bias) [8, 2]  # dense_2, forward
      %16 = reshape($target) [8, 1]  # loss, forward
      %17 = reduce_maximum(%15, axes=[1]) [8, 1]  # loss, forward
      %19 = subtract(%15, %17) [8, 2]  # loss, forward
      %20 = exponential(%19) [8, 2]  # loss, forward
      %21 = reduce_sum(%20, axes=[1]) [8, 1]  # loss, forward
      %22 = multiply(equal(axis1, %16), subtract(%19, logarithm(%21))) [8, 2]  # loss, forward
      %23 = reduce_sum(%22, axes=[0, 1]) [1, 1]  # loss, forward
      %24 = multiply(%23, -0.125) [1, 1]  # loss, forward
      %25 = reshape(%24) []  # loss, forward
      %26 = select(equal(%15, %17), negate(axis1), -2) [8, 2]  # metrics, forward
      %27 = reduce_maximum(%26, axes=[1]) [8, 1]  # metrics, forward
      %28 = equal(negate(%27), %16) [8, 1]  # metrics, forward
      %29 = reduce_sum(%28, axes=[0, 1]) [1, 1]  # metrics, forward
      %30 = multiply(%29, 0.125) [1, 1]  # metrics, forward
      %31 = reshape(%30) []  # metrics, forward
      %32 = 1 []  # , forward
      %33 = reshape(%32) [1, 1]  # loss, gradient
      %34 = multiply(%33, -0.125) [1, 1]  # loss, gradient
      %37 = multiply(%34, multiply(equal(axis1, %16), multiply(-1, divide(1, %21)))) [8, 2]  # loss, gradient
      %38 = reduce_sum(%37, axes=[1]) [8, 1]  # loss, gradient
      %41 = add(multiply(%34, equal(axis1, %16)), multiply(%38, %20)) [8, 2]  # loss, gradient
      %44 = reduce_sum(%41, axes=[0]) [1, 2]  # dense_2, gradient
      %45 = reshape(%44) [2]  # dense_2, gradient
      %46 = matmul(%41, @dense_2/kernelᵀ) [8, 3]  # dense_2, gradient
      %47 = matmul(%11ᵀ, %41) [3, 2]  # dense_2, gradient
      %49 = multiply(multiply(%46, %10), greater(%6, 0)) [8, 3]  # dense_1, gradient
      %51 = reduce_sum(%49, axes=[0]) [1, 3]  # dense_1, gradient
      %52 = reshape(%51) [3]  # dense_1, gradient
      %53 = matmul($inputᵀ, %49) [4, 3]  # dense_1, gradient
      %55 = equal(subtract(%25, %25), 0) []  # optimizer, update
      %57 = add(multiply(@dense_1/kernel/momentum, 0.5), %53) [4, 3]  # optimizer, update
      %59 = select(%55, subtract(@dense_1/kernel, multiply($optimizer/learning_rate, %57)), @dense_1/kernel) [4, 3]  # optimizer, update
      %60 = select(%55, %57, @dense_1/kernel/momentum) [4, 3]  # optimizer, update
      %62 = add(multiply(@dense_1/bias/momentum, 0.5), %52) [3]  # optimizer, update
      %64 = select(%55, subtract(@dense_1/bias, multiply($optimizer/learning_rate, %62)), @dense_1/bias) [3]  # optimizer, update
      %65 = select(%55, %62, @dense_1/bias/momentum) [3]  # optimizer, update
      %67 = add(multiply(@dense_2/kernel/momentum, 0.5), %47) [3, 2]  # optimizer, update
      %69 = select(%55, subtract(@dense_2/kernel, multiply($optimizer/learning_rate, %67)), @dense_2/kernel) [3, 2]  # optimizer, update
      %70 = select(%55, %67, @dense_2/kernel/momentum) [3, 2]  # optimizer, update
      %72 = add(multiply(@dense_2/bias/momentum, 0.5), %45) [2]  # optimizer, update
      %74 = select(%55, subtract(@dense_2/bias, multiply($optimizer/learning_rate, %72)), @dense_2/bias) [2]  # optimizer, update
      %75 = select(%55, %72, @dense_2/bias/momentum) [2]  # optimizer, update
      output loss = %25
      output metric/accuracy = %31
      update @dense_1/kernel = %59
      update @dense_1/kernel/momentum = %60
      update @dense_1/bias = %64
      update @dense_1/bias/momentum = %65
      update @dense_2/kernel = %69
      update @dense_2/kernel/momentum = %70
      update @dense_2/bias = %74
      update @dense_2/bias/momentum = %75"
    `);
  });

  it('shows an evaluation without dropout, gradients or updates', () => {
    expect(printProgram(evaluationProgram(model, 8))).toMatchInlineSnapshot(`
      "input $input [8, 4]
      input $target [8]
      state @dense_1/kernel [4, 3]
      state @dense_1/bias [3]
      state @dense_2/kernel [3, 2]
      state @dense_2/bias [2]
      %3 = matmul($input, @dense_1/kernel) [8, 3]  # dense_1, forward
      %6 = maximum(add(%3, @dense_1/bias), 0) [8, 3]  # dense_1, forward
      %8 = matmul(%6, @dense_2/kernel) [8, 2]  # dense_2, forward
      %10 = add(%8, @dense_2/bias) [8, 2]  # dense_2, forward
      %11 = reshape($target) [8, 1]  # loss, forward
      %12 = reduce_maximum(%10, axes=[1]) [8, 1]  # loss, forward
      %14 = subtract(%10, %12) [8, 2]  # loss, forward
      %15 = exponential(%14) [8, 2]  # loss, forward
      %16 = reduce_sum(%15, axes=[1]) [8, 1]  # loss, forward
      %17 = multiply(equal(axis1, %11), subtract(%14, logarithm(%16))) [8, 2]  # loss, forward
      %18 = reduce_sum(%17, axes=[0, 1]) [1, 1]  # loss, forward
      %19 = multiply(%18, -0.125) [1, 1]  # loss, forward
      %20 = reshape(%19) []  # loss, forward
      %21 = select(equal(%10, %12), negate(axis1), -2) [8, 2]  # metrics, forward
      %22 = reduce_maximum(%21, axes=[1]) [8, 1]  # metrics, forward
      %23 = equal(negate(%22), %11) [8, 1]  # metrics, forward
      %24 = reduce_sum(%23, axes=[0, 1]) [1, 1]  # metrics, forward
      %25 = multiply(%24, 0.125) [1, 1]  # metrics, forward
      %26 = reshape(%25) []  # metrics, forward
      output loss = %20
      output metric/accuracy = %26"
    `);
  });
});
