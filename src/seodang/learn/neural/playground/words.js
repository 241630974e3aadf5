// What the page says, in English and Korean; `say(key, places)` fills `{places}`. Both hold the same keys.

const en = {
  play: "Learn", pause: "Pause", step: "One epoch", reset: "Start again", shuffle: "Other seed",
  epoch: "Epoch", speed: "Speed", slow: "slow", normal: "normal", fast: "fast",
  rate: "Learning rate", activation: "Activation", optimizer: "Optimizer", penalty: "Regularisation",
  strength: "Strength", problem: "Problem", classes: "Classes", regression: "Regression",
  none: "none", linear: "linear", sgd: "SGD", momentum: "momentum",
  settings: "Settings", run: "Learning", data: "Data", set: "Data set", network: "Network", output: "What it says",
  circle: "Circle", xor: "XOR", gaussians: "Two clouds", spiral: "Spiral", moons: "Moons", plane: "Plane", gauss: "Hills",
  noise: "Noise", train: "Training share", batch: "Batch size", seed: "Seed",
  features: "Features", hidden: "Hidden layers", answer: "Output", addLayer: "Add a layer", removeLayer: "Remove a layer",
  addUnit: "Add a unit to layer {layer}", removeUnit: "Remove a unit from layer {layer}",
  layersNow: "{n} hidden layers", layerNow: "1 hidden layer",
  featureOn: "Feature {name}", unit: "Layer {layer}, unit {unit}", outputUnit: "Output unit",
  shows: "{unit}: what it answers to each point of the plane", pinned: "{unit}", close: "Back to the output",
  hint: "Point at a unit to see what it sees; click to keep it and change its weights.",
  bias: "Bias", weightFrom: "from {name}", weightTip: "weight {value}",
  trainLoss: "Training loss", testLoss: "Test loss", accuracy: "Test accuracy",
  showTest: "Test points", discrete: "Classes only",
  plotLabel: "The plane from -3 to 3: {what}. Training loss {train}, test loss {test}.",
  plotOf: { classes: "where the network says one class or the other, with its examples", regression: "what the network answers, with its examples" },
  curveLabel: "Loss over {epochs} epochs: training {train}, test {test}.",
  said: "Epoch {epoch}: training loss {train}, test loss {test}.",
  classOne: "class 1", classZero: "class 0", low: "-1", high: "+1",
  lessons: "Things to try", lessonsHint: "Each sets everything up. Say first what you expect; then let it learn.",
  share: "Copy link", copied: "Copied", copyFailed: "The link is in the address bar.",
  same: "The same in Python", sameTerminal: "In a terminal, with the same points, first weights and batches:", sameKeras: "In Keras:",
  how: "How to read it",
  howText: [
    "Each square in the network is the whole plane as that unit sees it: blue where it answers high, orange where low.",
    "A line between two units is a weight. The thicker, the larger; blue is positive, orange negative.",
    "The dark line on the large picture is where the network is undecided. Filled points are learnt from, hollow ones only measure.",
    "The same seed gives the same points and the same first weights, here and in Python.",
  ],
  language: "한국어", theme: "Light or dark", diverged: "The weights ran away to infinity. Try a smaller learning rate and start again.",
  names: { "x1": "x₁", "x2": "x₂", "x1^2": "x₁²", "x2^2": "x₂²", "x1x2": "x₁x₂", "sin2x1": "sin 2x₁", "sin2x2": "sin 2x₂" },
  lesson: {
    line: ["One unit draws one line", "No hidden layer at all. Which data sets can it learn, and why not the others?"],
    xor: ["No line parts XOR", "Let it fail first. Then add a hidden layer, or take the feature x₁x₂ instead."],
    circle: ["Three lines make a fence", "Three hidden units around a disc. Point at each: it draws one line. What happens with two?"],
    bends: ["Without bends, no depth", "Four layers, all linear. How many layers is that really? Choose tanh."],
    rate: ["Steps that are too long", "Watch the loss jump. Which rate settles soonest?"],
    spiral: ["Two layers bend a spiral", "The first layer draws lines, the second joins them. Point at both."],
    overfit: ["Learning by heart", "Few, noisy examples: training loss falls, test loss rises. Then regularise with L2."],
    hills: ["Answers instead of classes", "Regression: two hills and two hollows. How few units are enough?"],
  },
};

const ko = {
  play: "학습 시작", pause: "멈춤", step: "한 에포크", reset: "처음부터", shuffle: "다른 시드",
  epoch: "에포크", speed: "속도", slow: "느리게", normal: "보통", fast: "빠르게",
  rate: "학습률", activation: "활성화 함수", optimizer: "최적화 방법", penalty: "규제",
  strength: "규제 강도", problem: "문제", classes: "분류", regression: "회귀",
  none: "없음", linear: "선형", sgd: "SGD", momentum: "모멘텀",
  settings: "설정", run: "학습", data: "데이터", set: "데이터 모양", network: "신경망", output: "신경망의 답",
  circle: "원", xor: "XOR", gaussians: "두 구름", spiral: "나선", moons: "반달", plane: "평면", gauss: "언덕",
  noise: "잡음", train: "훈련 데이터 비율", batch: "배치 크기", seed: "시드",
  features: "입력 특성", hidden: "은닉층", answer: "출력", addLayer: "층 추가", removeLayer: "층 제거",
  addUnit: "{layer}층에 유닛 추가", removeUnit: "{layer}층에서 유닛 제거",
  layersNow: "은닉층 {n}개", layerNow: "은닉층 1개",
  featureOn: "입력 특성 {name}", unit: "{layer}층 유닛 {unit}", outputUnit: "출력 유닛",
  shows: "{unit}: 평면의 각 점에 대한 응답", pinned: "{unit}", close: "출력으로 돌아가기",
  hint: "유닛을 가리키면 그 유닛이 보는 것이 보입니다. 누르면 고정되고 가중치를 바꿀 수 있습니다.",
  bias: "편향", weightFrom: "{name}에서", weightTip: "가중치 {value}",
  trainLoss: "훈련 손실", testLoss: "테스트 손실", accuracy: "테스트 정확도",
  showTest: "테스트 점 표시", discrete: "클래스만 표시",
  plotLabel: "-3부터 3까지의 평면: {what}. 훈련 손실 {train}, 테스트 손실 {test}.",
  plotOf: { classes: "신경망이 어느 클래스라고 답하는 영역과 예제", regression: "신경망이 답하는 값과 예제" },
  curveLabel: "{epochs} 에포크 동안의 손실: 훈련 {train}, 테스트 {test}.",
  said: "{epoch} 에포크: 훈련 손실 {train}, 테스트 손실 {test}.",
  classOne: "클래스 1", classZero: "클래스 0", low: "-1", high: "+1",
  lessons: "해 볼 만한 것", lessonsHint: "누르면 설정이 모두 바뀝니다. 먼저 결과를 예상해 보고, 그다음 학습을 시작하세요.",
  share: "링크 복사", copied: "복사했습니다", copyFailed: "주소창의 주소를 복사하세요.",
  same: "같은 것을 파이썬으로", sameTerminal: "터미널에서 같은 점, 같은 초기 가중치, 같은 배치로:", sameKeras: "Keras로:",
  how: "읽는 법",
  howText: [
    "신경망 안의 작은 네모는 그 유닛이 보는 평면 전체입니다. 값이 높은 곳은 파랑, 낮은 곳은 주황입니다.",
    "유닛 사이의 선은 가중치입니다. 굵을수록 크고, 파랑은 양수, 주황은 음수입니다.",
    "큰 그림의 짙은 선은 신경망이 망설이는 경계입니다. 속이 찬 점으로 배우고, 속이 빈 점으로는 재기만 합니다.",
    "시드가 같으면 점도 초기 가중치도 같습니다. 여기서도, 파이썬에서도 그렇습니다.",
  ],
  language: "English", theme: "밝게 또는 어둡게", diverged: "가중치가 무한대로 발산했습니다. 학습률을 줄이고 처음부터 다시 시작하세요.",
  names: en.names,
  lesson: {
    line: ["유닛 하나는 직선 하나", "은닉층이 하나도 없습니다. 어떤 데이터를 배울 수 있고, 나머지는 왜 배우지 못할까요?"],
    xor: ["직선으로는 나눌 수 없는 XOR", "먼저 실패하게 두세요. 그다음 은닉층을 추가하거나 입력 특성 x₁x₂를 써 보세요."],
    circle: ["직선 셋이면 울타리", "원을 둘러싸는 은닉 유닛 세 개입니다. 하나씩 가리켜 보면 직선이 하나씩 보입니다. 둘이면 어떻게 될까요?"],
    bends: ["굽히지 않으면 깊이도 없다", "네 층이 모두 선형입니다. 실제로는 몇 층일까요? tanh로 바꿔 보세요."],
    rate: ["너무 큰 걸음", "손실이 튀는 것을 보세요. 어떤 학습률이 가장 빨리 자리를 잡을까요?"],
    spiral: ["두 층이 나선을 굽힌다", "첫째 층은 직선을 긋고 둘째 층은 그것을 잇습니다. 두 층을 모두 가리켜 보세요."],
    overfit: ["외워 버리기", "예제는 적고 잡음은 많습니다. 훈련 손실은 내려가는데 테스트 손실은 올라갑니다. 그다음 L2로 규제해 보세요."],
    hills: ["클래스가 아니라 값", "회귀입니다. 언덕 둘과 웅덩이 둘, 유닛 몇 개면 충분할까요?"],
  },
};

export const WORDS = { en, ko };

/** The settings of each thing to try; what is not named is as at the beginning. */
export const LESSONS = {
  line: { data: "gaussians", layers: [] },
  xor: { data: "xor", layers: [] },
  circle: { data: "circle", layers: [3], seed: 6 },
  bends: { data: "circle", layers: [4, 4, 4, 4], activation: "linear" },
  rate: { data: "xor", layers: [4], optimizer: "sgd", rate: 3 },
  spiral: { data: "spiral", layers: [8, 8], noise: 0 },
  overfit: { data: "moons", layers: [8, 8], noise: 40, train: 10 },
  hills: { data: "gauss", layers: [4, 4] },
};

/** Of the address (`#lang=ko`, `?lang=ko`), else of the element or the page; English if none is known. */
export function languageOf(root) {
  const named = [
    new URLSearchParams(location.hash.slice(1)).get("lang"),
    new URLSearchParams(location.search).get("lang"),
    root.dataset.lang, root.closest("[lang]")?.lang, navigator.language,
  ];
  return named.filter(Boolean).map((name) => name.slice(0, 2).toLowerCase()).find((name) => name in WORDS) ?? "en";
}

export function speaker(language) {
  const words = WORDS[language];
  return (key, places = {}) => {
    const found = key.split(".").reduce((at, part) => at?.[part], words) ?? key;
    return typeof found === "string" ? found.replace(/\{(\w+)\}/g, (_, name) => places[name]) : found;
  };
}
